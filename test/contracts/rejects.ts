import { describe, expect, test } from 'vitest';
import type { Rejects } from '#shared/ports.ts';

export interface RejectsWorld {
  readonly rejects: Rejects;
  /** What a person finds there: names and contents. */
  found(): Promise<readonly { readonly name: string; readonly text: string }[]>;
}

const refusal = {
  subject: 'p/s/t/a.blend',
  code: 'INVALID_SCENE',
  message: 'no scene',
  at: 1_700_000_000_000,
};

/** The laws of every place for rejects. `fresh` gives an empty one. */
export function rejectsContract(name: string, fresh: () => Promise<RejectsWorld>): void {
  describe(`Rejects on ${name}`, () => {
    test('a refusal says what, why, when, and what it came from', async () => {
      const { rejects, found } = await fresh();
      await rejects.send({ ...refusal, raw: '{"type":"object-created"}' });
      const [only, ...others] = await found();
      expect(others).toEqual([]);
      for (const said of [
        refusal.subject,
        refusal.code,
        refusal.message,
        '2023-11-14T22:13:20',
        'object-created',
      ])
        expect(only!.text).toContain(said);
    });

    test('the same refusal twice is one', async () => {
      const { rejects, found } = await fresh();
      await rejects.send({ ...refusal, raw: { a: 1 } });
      await rejects.send({ ...refusal, raw: { a: 1 }, at: refusal.at + 5000 });
      expect(await found()).toHaveLength(1);
    });

    test('what differs in subject, code, message or origin is kept beside, also when all come at once', async () => {
      const { rejects, found } = await fresh();
      const all = [
        refusal,
        { ...refusal, subject: 'p/s/t/A.blend' },
        { ...refusal, subject: 'p s t a.blend' },
        { ...refusal, subject: 'p_s_t_a.blend' },
        { ...refusal, code: 'REFUSED' },
        { ...refusal, message: 'other' },
        { ...refusal, raw: 'one message' },
        { ...refusal, raw: 'another message' },
        ...Array.from({ length: 100 }, (_, i) => ({
          ...refusal,
          subject: `p/s/t/${'long'.repeat(60)}${i}/x`,
        })),
      ];
      await Promise.all(all.map((one) => rejects.send(one)));
      const names = (await found()).map((one) => one.name.toLowerCase());
      expect(new Set(names).size).toBe(all.length);
    });

    test.each([
      '',
      '.',
      '..',
      '../../../etc/passwd',
      '/etc/passwd',
      '.staging',
      'C:\\Windows\\x',
      'a\u0000b',
      'line\nbreak',
      `${'x'.repeat(10)}${'.'.repeat(200)}`,
      '日本'.repeat(200),
      `${'a'.repeat(79)}🎬${'b'.repeat(79)}`,
      '🎬'.repeat(300),
      '\ud800 alone',
      'CON',
      'a/b/%2e%2e/c d+e&f#g?h',
    ])('the subject %j gets a plain, visible name', async (subject) => {
      const { rejects, found } = await fresh();
      await rejects.send({ ...refusal, subject });
      const [only, ...others] = await found();
      expect(others).toEqual([]);
      expect(only!.name).toMatch(/^[\p{L}\p{N}-][\p{L}\p{N}._-]*$/u);
      expect(new TextEncoder().encode(only!.name).length).toBeLessThanOrEqual(255);
      expect((JSON.parse(only!.text) as { subject: string }).subject).toBe(subject);
    });
  });
}
