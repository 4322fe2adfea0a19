import { Fault } from '#shared/core/fault.ts';
import type { Clock, Signer } from '#shared/ports.ts';

/** What a presigned URL allows: one method on one object. */
export interface PresignedAccess {
  readonly method: 'GET' | 'PUT';
  readonly key: string;
  readonly size?: number;
  readonly sha256?: string;
}

/** Makes and reads the URLs that this machine's server answers; the same shape as a cloud's. */
export interface Presigner {
  get(key: string, expiresInMs: number): Promise<string>;
  put(
    key: string,
    expiresInMs: number,
    bound: { readonly size: number; readonly sha256: string },
  ): Promise<string>;
  /** FORBIDDEN for a token that is not ours, has expired, or is for another method. */
  open(token: string, method: string): Promise<PresignedAccess>;
}

export function createPresigner(signer: Signer, clock: Clock, baseUrl: () => string): Presigner {
  const url = async (access: PresignedAccess, expiresInMs: number): Promise<string> => {
    const token = await signer.sign({ kind: 'object', ...access }, clock.now() + expiresInMs);
    return `${baseUrl()}/v1/objects/${token}`;
  };
  return {
    get: (key, expiresInMs) => url({ method: 'GET', key }, expiresInMs),
    put: (key, expiresInMs, bound) => url({ method: 'PUT', key, ...bound }, expiresInMs),
    async open(token, method) {
      const payload = await signer.verify(token);
      if (payload.kind !== 'object' || payload.method !== method) {
        throw new Fault('FORBIDDEN', `this URL is not for ${method}`);
      }
      return payload as unknown as PresignedAccess;
    },
  };
}
