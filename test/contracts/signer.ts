import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Signer } from '#shared/ports.ts';

export interface SignerWorld {
  readonly signer: Signer;
  /** Signs with another secret. */
  readonly stranger: Signer;
  now(): number;
  /** Moves the clock. */
  pass(ms: number): void;
}

const FORBIDDEN = { code: 'FORBIDDEN' };
const payload = {
  kind: 'attempt',
  renderId: 'r',
  slice: 3,
  names: ['ä', '日本'],
  deep: { is: [null, true, 1.5] },
};

/** The laws of every signer. */
export function signerContract(name: string, fresh: () => Promise<SignerWorld>): void {
  describe(`Signer on ${name}`, () => {
    test('what was signed comes back, and nothing more', async () => {
      const { signer, now } = await fresh();
      for (const one of [payload, {}, { expiresIn: 0 }]) {
        expect(await signer.verify(await signer.sign(one, now() + 1000))).toEqual(one);
      }
    });

    test('a token fits a header and a path of a URL', async () => {
      const { signer, now } = await fresh();
      expect(await signer.sign(payload, now() + 1000)).toMatch(/^[A-Za-z0-9._~-]+$/);
    });

    test('it ends at its time, not before and not after', async () => {
      const { signer, now, pass } = await fresh();
      const token = await signer.sign(payload, now() + 1000);
      pass(999);
      expect(await signer.verify(token)).toEqual(payload);
      pass(1);
      await expect(signer.verify(token)).rejects.toMatchObject(FORBIDDEN);
    });

    test.each([Number.NaN, 0, -1])('a token that expires at %s is none', async (expiresAt) => {
      const { signer } = await fresh();
      await expect(signer.verify(await signer.sign(payload, expiresAt))).rejects.toMatchObject(FORBIDDEN);
    });

    test('the payload cannot prolong it', async () => {
      const { signer, now, pass } = await fresh();
      const token = await signer.sign({ expiresAt: now() + 1e9, exp: now() + 1e9 }, now() + 1000);
      pass(1000);
      await expect(signer.verify(token)).rejects.toMatchObject(FORBIDDEN);
    });

    test('another secret signs nothing for us', async () => {
      const { signer, stranger, now } = await fresh();
      const token = await stranger.sign(payload, now() + 1000);
      await expect(signer.verify(token)).rejects.toMatchObject(FORBIDDEN);
      expect(await stranger.verify(token)).toEqual(payload);
    });

    test('a token with any one letter changed, missing or added is FORBIDDEN', async () => {
      const { signer, now } = await fresh();
      const token = await signer.sign(payload, now() + 1000);
      for (let at = 0; at < token.length; at += 1) {
        const other = token[at] === 'A' ? 'B' : 'A';
        const [before, after] = [token.slice(0, at), token.slice(at + 1)];
        for (const bad of [before + other + after, before + after, before, `${before}A${token.slice(at)}`]) {
          await expect(signer.verify(bad), `letter ${at}: ${bad}`).rejects.toMatchObject(FORBIDDEN);
        }
      }
      for (const more of ['A', '=', '.', '.A', ' ', '\n', '!'])
        await expect(signer.verify(token + more), JSON.stringify(more)).rejects.toMatchObject(FORBIDDEN);
    });

    test('halves of two tokens make none', async () => {
      const { signer, now } = await fresh();
      const one = (await signer.sign({ a: 1 }, now() + 1000)).split('.');
      const two = (await signer.sign({ a: 2 }, now() + 1000)).split('.');
      await expect(signer.verify([...one.slice(0, -1), two.at(-1)].join('.'))).rejects.toMatchObject(
        FORBIDDEN,
      );
    });

    test('any text whatever is FORBIDDEN, and nothing else goes wrong', async () => {
      const { signer } = await fresh();
      const odd = [
        '',
        '.',
        '..',
        '.A',
        'A.',
        '%',
        '{}',
        'e30.',
        'bnVsbA.AAAA',
        '\u0000.\u0000',
        '🎬.🎬',
        '='.repeat(99),
      ];
      for (const bad of odd) await expect(signer.verify(bad), bad).rejects.toMatchObject(FORBIDDEN);
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (bad) => {
          await expect(signer.verify(bad)).rejects.toMatchObject(FORBIDDEN);
        }),
        { numRuns: 200 },
      );
    });
  });
}
