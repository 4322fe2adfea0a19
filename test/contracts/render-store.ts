import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogEvent, RenderHead } from '#shared/core/render-events.ts';
import { countUnits } from '#shared/core/unit-runs.ts';
import type { RenderStore } from '#shared/ports.ts';

const event = (version: number, why = 'a test'): LogEvent => ({
  type: 'cancelled',
  why,
  at: 1000 + version,
  who: 'test',
  stream: 'render',
  version,
});

const head = (renderId: string, more: Partial<RenderHead> = {}): RenderHead => ({
  renderId,
  shot: 'a/b/c',
  name: 'c',
  shotVersion: 1,
  phase: 'rendering',
  createdAt: 1,
  changedAt: 1,
  ...more,
});

/** The laws of every render store. `fresh` gives a store of its own, or a namespace in a shared one. */
export function renderStoreContract(name: string, fresh: () => Promise<RenderStore>): void {
  describe(`RenderStore on ${name}`, () => {
    test('an unknown subject has no events, no pulses, nothing done', async () => {
      const store = await fresh();
      expect(await store.read('nobody', 'render')).toEqual([]);
      expect(await store.read('nobody')).toEqual([]);
      expect(await store.pulses('nobody')).toEqual([]);
      expect(await store.doneUnits('nobody', [0, 100])).toEqual([]);
    });

    test('events come back as they went in, in order', async () => {
      const store = await fresh();
      expect(await store.append('r', 'render', 0, [event(0, 'ä 日本 #%'), event(1)])).toBe(true);
      expect(await store.append('r', 'render', 2, [event(2)])).toBe(true);
      expect(await store.read('r', 'render')).toEqual([event(0, 'ä 日本 #%'), event(1), event(2)]);
    });

    test('an append at another version than the expected one changes nothing', async () => {
      const store = await fresh();
      await store.append('r', 'render', 0, [event(0)], head('r'));
      expect(await store.append('r', 'render', 0, [event(0)], head('r', { phase: 'done' }))).toBe(false);
      expect(await store.append('r', 'render', 5, [event(5)])).toBe(false);
      expect(await store.read('r', 'render')).toHaveLength(1);
      expect((await Array.fromAsync(store.list()))[0]?.phase).toBe('rendering');
    });

    test('of 8 racing appends at one version exactly one wins', async () => {
      const store = await fresh();
      const wins = await Promise.all(
        Array.from({ length: 8 }, (_, i) => store.append('r', 'render', 0, [event(0, `racer ${i}`)])),
      );
      expect(wins.filter(Boolean)).toHaveLength(1);
      expect(await store.read('r', 'render')).toHaveLength(1);
    });

    test('streams of a subject are apart; reading all gives them ordered by stream, then version', async () => {
      const store = await fresh();
      const of = (stream: string, version: number) => ({ ...event(version), stream });
      await store.append('r', 'slice/000001', 0, [of('slice/000001', 0), of('slice/000001', 1)]);
      await store.append('r', 'render', 0, [of('render', 0)]);
      await store.append('r', 'slice/000000', 0, [of('slice/000000', 0)]);
      await store.append('other', 'render', 0, [of('render', 0)]);
      const all = (await store.read('r')).map(({ stream, version }) => `${stream} ${version}`);
      expect(all).toEqual(['render 0', 'slice/000000 0', 'slice/000001 0', 'slice/000001 1']);
    });

    test('list filters by phase, shot and age', async () => {
      const store = await fresh();
      await store.append('r1', 'render', 0, [event(0)], head('r1', { phase: 'done', changedAt: 10 }));
      await store.append('r2', 'render', 0, [event(0)], head('r2', { shot: 'x/y/z', changedAt: 20 }));
      await store.append('r3', 'render', 0, [event(0)], head('r3', { changedAt: 30 }));
      const ids = async (filter?: Parameters<RenderStore['list']>[0]) =>
        (await Array.fromAsync(store.list(filter))).map(({ renderId }) => renderId).sort();
      expect(await ids()).toEqual(['r1', 'r2', 'r3']);
      expect(await ids({ phases: ['rendering'] })).toEqual(['r2', 'r3']);
      expect(await ids({ shot: 'x/y/z' })).toEqual(['r2']);
      expect(await ids({ changedBefore: 20 })).toEqual(['r1']);
    });

    test('1,000 racing, repeated answers count each unit once', async () => {
      const store = await fresh();
      const planned = 5000;
      const answers = Array.from({ length: 1000 }, (_, i) => {
        const first = (i * 37) % (planned - 10);
        return store.answer('r', { planned, generation: 1, done: [[first, 10]] });
      });
      await Promise.all(answers);
      const expected = new Set(
        Array.from({ length: 1000 }, (_, i) => (i * 37) % (planned - 10)).flatMap((f) =>
          Array.from({ length: 10 }, (_, k) => f + k),
        ),
      );
      const tally = await store.answer('r', { planned, generation: 1 });
      expect(tally).toMatchObject({ planned, done: expected.size, failed: 0 });
      expect(countUnits(await store.doneUnits('r', [0, planned]))).toBe(expected.size);
    });

    test('done beats failed, in either order', async () => {
      const store = await fresh();
      const base = { planned: 20, generation: 1 };
      await store.answer('r', { ...base, failed: [[0, 10]] });
      expect(await store.answer('r', { ...base, done: [[5, 10]] })).toMatchObject({ done: 10, failed: 5 });
      expect(await store.answer('r', { ...base, failed: [[5, 10]] })).toMatchObject({ done: 10, failed: 5 });
    });

    test('a later generation forgets what failed, keeps what is done, and ignores stragglers', async () => {
      const store = await fresh();
      await store.answer('r', { planned: 9000, generation: 1, done: [[0, 3]], failed: [[8990, 5]] });
      expect(await store.answer('r', { planned: 9000, generation: 2 })).toMatchObject({ done: 3, failed: 0 });
      const straggler = await store.answer('r', {
        planned: 9000,
        generation: 1,
        failed: [[3, 1]],
        done: [[4, 1]],
      });
      expect(straggler).toMatchObject({ done: 4, failed: 0 });
      const again = await store.answer('r', { planned: 9000, generation: 2, failed: [[8990, 2]] });
      expect(again).toMatchObject({ done: 4, failed: 2 });
    });

    test('units outside of the plan are refused, and so is another plan', async () => {
      const store = await fresh();
      await store.answer('r', { planned: 10, generation: 1, done: [[0, 1]] });
      await expect(store.answer('r', { planned: 10, generation: 1, done: [[9, 2]] })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
      await expect(store.answer('r', { planned: 11, generation: 1 })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      expect(await store.answer('r', { planned: 10, generation: 1 })).toMatchObject({ done: 1, failed: 0 });
    });

    test('doneUnits gives exactly what is done within a run, across shards', async () => {
      const store = await fresh();
      const planned = 10_000;
      await store.answer('r', {
        planned,
        generation: 1,
        done: [
          [4090, 20],
          [5000, 1],
          [9999, 1],
        ],
      });
      expect(await store.doneUnits('r', [0, planned])).toEqual([
        [4090, 20],
        [5000, 1],
        [9999, 1],
      ]);
      expect(await store.doneUnits('r', [4095, 2])).toEqual([[4095, 2]]);
      expect(await store.doneUnits('r', [5001, 100])).toEqual([]);
    });

    test('any answers in any order end in the same sets', async () => {
      const run = fc.tuple(fc.nat(95), fc.integer({ min: 1, max: 5 }));
      const answer = fc.record({
        done: fc.array(run, { maxLength: 3 }),
        failed: fc.array(run, { maxLength: 3 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(answer, { maxLength: 12 }), fc.integer(), async (answers, seed) => {
          const store = await fresh();
          const shuffled = answers
            .map((a, i) => ({ a, at: Math.imul(seed ^ (i + 1), 2654435761) >>> 0 }))
            .sort((x, y) => x.at - y.at)
            .map(({ a }) => a);
          const base = { planned: 100, generation: 1 };
          for (const one of answers) await store.answer('x', { ...base, ...one });
          for (const one of [...shuffled, ...shuffled]) await store.answer('y', { ...base, ...one });
          expect(await store.answer('y', base)).toEqual(await store.answer('x', base));
          expect(await store.doneUnits('y', [0, 100])).toEqual(await store.doneUnits('x', [0, 100]));
        }),
        { numRuns: 30 },
      );
    });

    test('the last pulse of a slice is kept', async () => {
      const store = await fresh();
      const pulse = { slice: 3, attempt: 1, worker: 'w', framesDone: 1, at: 5, leaseExpiresAt: 10 };
      await store.pulse('r', pulse);
      await store.pulse('r', { ...pulse, framesDone: 2 });
      await store.pulse('r', { ...pulse, slice: 1 });
      expect(await store.pulses('r')).toEqual([
        { ...pulse, slice: 1 },
        { ...pulse, framesDone: 2 },
      ]);
    });
  });
}
