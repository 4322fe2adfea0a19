import { createHmac, timingSafeEqual } from 'node:crypto';
import { Fault } from '#shared/core/fault.ts';
import type { Clock, Signer } from '#shared/ports.ts';

const mac = (secret: string, text: string): Buffer => createHmac('sha256', secret).update(text).digest();

/** Tokens `payload.signature`, both base64url; HMAC-SHA256 over the payload's bytes, compared in constant time. */
export function createSigner(secret: string, clock: Clock): Signer {
  return {
    async sign(payload, expiresAt) {
      const text = Buffer.from(JSON.stringify({ ...payload, expiresAt })).toString('base64url');
      return `${text}.${mac(secret, text).toString('base64url')}`;
    },
    async verify(token) {
      const [text = ''] = token.split('.', 1);
      // The token as a whole: base64 has several spellings of the same bytes, and only ours was signed.
      const given = Buffer.from(token);
      const right = Buffer.from(`${text}.${mac(secret, text).toString('base64url')}`);
      if (given.length !== right.length || !timingSafeEqual(given, right)) {
        throw new Fault('FORBIDDEN', 'the grant is not one of ours');
      }
      const { expiresAt, ...payload } = JSON.parse(Buffer.from(text, 'base64url').toString());
      if (expiresAt <= clock.now()) throw new Fault('FORBIDDEN', 'the grant has expired');
      return payload;
    },
  };
}
