import { describe, expect, test, vi } from 'vitest';
import type { MessageOf } from '#events/messages.ts';
import type { BatchPool, Submission } from '#shared/ports.ts';

export interface Ran {
  readonly submission: string;
  readonly slice: number;
  readonly renderId: string;
  /** Name of the worker that runs it. */
  readonly worker: string;
  /** Which execution of the slice it is, from 1. */
  readonly run: number;
  /** Aborted when the slice is to stop. */
  readonly signal: AbortSignal;
}

type Ending = { readonly outcome: 'succeeded' | 'failed' | 'interrupted'; readonly reason: string };

export interface PoolWorld {
  readonly pool: BatchPool;
  /** What was sent of how processes ended. */
  watched(): readonly MessageOf<'watch-batch'>[];
  /** The pool's machines die with what they run; it goes on with these workers. */
  crash(workers?: readonly string[]): Promise<PoolWorld>;
}

/** A pool that works, with nothing in it, whose workers run slices by `run`. */
export type FreshPool = (
  workers: readonly string[],
  run: (ran: Ran, freeEarly: () => void) => Promise<Ending>,
) => Promise<PoolWorld>;

const SUCCEEDED: Ending = { outcome: 'succeeded', reason: 'reported' };
const submission = (more: Partial<Submission> = {}): Submission => ({
  ...{ id: 's1', renderId: 'r1', slices: [0, 1], grant: 'g', priority: 0, sceneId: 'scene' },
  ...more,
});
const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 5 });

/** Workers that hold each slice until they are told how it ended, or to stop. */
function holding() {
  const started: (Ran & { readonly end: (ending?: Ending) => void; readonly freeEarly: () => void })[] = [];
  return {
    started,
    slices: () => started.map(({ slice }) => slice),
    at: (slice: number) => started.findLast((ran) => ran.slice === slice)!,
    run: (ran: Ran, freeEarly: () => void) =>
      new Promise<Ending>((resolve) => {
        started.push({ ...ran, freeEarly, end: (ending = SUCCEEDED) => resolve(ending) });
        ran.signal.addEventListener('abort', () =>
          resolve({ outcome: 'interrupted', reason: String(ran.signal.reason) }),
        );
      }),
  };
}

/** The laws of every pool. */
export function batchPoolContract(name: string, fresh: FreshPool): void {
  describe(`BatchPool on ${name}`, () => {
    runningLaws(fresh);
    choosingLaws(fresh);
    endingLaws(fresh);
  });
}

function runningLaws(fresh: FreshPool): void {
  test.each([1, 2, 300])('each of %i slices runs', async (count) => {
    const ran = new Set<number>();
    const { pool } = await fresh(['a', 'b'], async ({ slice }) => {
      ran.add(slice);
      return SUCCEEDED;
    });
    await pool.submit(submission({ slices: [7, count] }));
    await eventually(async () => expect(await pool.active('r1')).toEqual([]));
    expect([...ran].sort((x, y) => x - y)).toEqual(Array.from({ length: count }, (_, i) => 7 + i));
  });

  test('10,001 slices are one submission, and each of them runs', async () => {
    const ran = new Set<number>();
    const { pool } = await fresh(['a', 'b', 'c', 'd'], async ({ slice }) => {
      ran.add(slice);
      return SUCCEEDED;
    });
    await pool.submit(submission({ slices: [0, 10_001] }));
    await eventually(() => expect(ran.size).toBe(10_001));
    await eventually(async () => expect(await pool.active('r1')).toEqual([]));
  });

  test('submitting twice is one submission: while it waits, while it runs, and after it ended', async () => {
    const held = holding();
    const { pool } = await fresh(['a'], held.run);
    const twice = submission({ slices: [0, 2] });
    await Promise.all([pool.submit(twice), pool.submit(twice)]);
    await eventually(() => expect(held.slices()).toEqual([0]));
    await pool.submit(twice);
    held.at(0).end();
    await eventually(() => expect(held.slices()).toEqual([0, 1]));
    held.at(1).end();
    await eventually(async () => expect(await pool.active('r1')).toEqual([]));
    await pool.submit(twice);
    expect(await pool.active('r1')).toEqual([]);
    expect(held.slices()).toEqual([0, 1]);
  });

  test('active lists exactly what waits and what runs, of that render', async () => {
    const held = holding();
    const { pool } = await fresh(['a'], held.run);
    expect(await pool.active('nobody')).toEqual([]);
    await pool.submit(submission({ slices: [0, 3] }));
    await pool.submit(submission({ id: 's2', slices: [5, 1] }));
    await pool.submit(submission({ id: 's3', renderId: 'r2' }));
    await eventually(() => expect(held.slices()).toEqual([0]));
    held.at(0).end();
    await eventually(() => expect(held.slices()).toEqual([0, 1]));
    const active = [...(await pool.active('r1'))].sort((x, y) => x.slice - y.slice);
    expect(active).toEqual([
      { submission: 's1', slice: 1 },
      { submission: 's1', slice: 2 },
      { submission: 's2', slice: 5 },
    ]);
    expect(await pool.active('r2')).toEqual([{ submission: 's3', slice: 0 }]);
  });

  test('what ran and what waited when the machines died runs again, and says so', async () => {
    const held = holding();
    const before = await fresh(['a'], held.run);
    await before.pool.submit(submission({ slices: [0, 3] }));
    await eventually(() => expect(held.slices()).toEqual([0]));
    held.at(0).end();
    await eventually(() => expect(held.slices()).toEqual([0, 1]));
    const after = await before.crash();
    await eventually(() => expect(held.slices()).toEqual([0, 1, 1]));
    expect(held.started.map(({ run }) => run)).toEqual([1, 1, 2]);
    held.at(1).end();
    await eventually(() => expect(held.slices()).toEqual([0, 1, 1, 2]));
    expect(held.at(2).run).toBe(1);
    expect(await after.pool.active('r1')).toEqual([{ submission: 's1', slice: 2 }]);
  });

  test('a worker that is free early takes one more slice, and never two', async () => {
    const held = holding();
    const { pool } = await fresh(['a'], held.run);
    await pool.submit(submission({ slices: [0, 4] }));
    await eventually(() => expect(held.slices()).toEqual([0]));
    held.at(0).freeEarly();
    await eventually(() => expect(held.slices()).toEqual([0, 1]));
    held.at(0).freeEarly();
    held.at(0).end();
    await eventually(async () => expect(await pool.active('r1')).toHaveLength(3));
    // The first is over, the second still has the worker.
    await pool.submit(submission({ id: 's2', slices: [9, 1] }));
    expect(held.slices()).toEqual([0, 1]);
    held.at(1).end();
    await eventually(() => expect(held.slices()).toEqual([0, 1, 2]));
  });
}

function choosingLaws(fresh: FreshPool): void {
  test('priority goes before age, age decides among equals', async () => {
    const held = holding();
    const { pool } = await fresh(['a'], held.run);
    await pool.submit(submission({ slices: [0, 1] }));
    await pool.submit(submission({ id: 'old', slices: [1, 2], priority: 5, sceneId: 'x' }));
    await pool.submit(submission({ id: 'new', slices: [3, 1], priority: 5, sceneId: 'x' }));
    await pool.submit(submission({ id: 'urgent', slices: [4, 1], priority: 9, sceneId: 'x' }));
    await pool.submit(submission({ id: 'same scene', slices: [5, 1], priority: 1 }));
    for (let slice = 0; slice < 6; slice += 1) {
      await eventually(() => expect(held.started).toHaveLength(slice + 1));
      held.started.at(-1)!.end();
    }
    expect(held.slices()).toEqual([0, 4, 1, 2, 3, 5]);
  });

  test('who is to be avoided does not get it while another can, also when the other is busy now', async () => {
    const held = holding();
    const { pool } = await fresh(['a', 'b'], held.run);
    await pool.submit(submission({ slices: [0, 2] }));
    await eventually(() => expect(held.started).toHaveLength(2));
    await pool.submit(submission({ id: 's2', slices: [2, 1], avoid: ['a'] }));
    held.started.find(({ worker }) => worker === 'a')!.end();
    await eventually(async () => expect(await pool.active('r1')).toHaveLength(2));
    expect(held.slices()).not.toContain(2);
    held.started.find(({ worker }) => worker === 'b')!.end();
    await eventually(() => expect(held.at(2)?.worker).toBe('b'));
  });

  test.each([
    ['all', ['a', 'b']],
    ['all and more', ['z', 'b', 'a']],
  ])('when %s are to be avoided, somebody gets it', async (_, avoid) => {
    const held = holding();
    const { pool } = await fresh(['a', 'b'], held.run);
    await pool.submit(submission({ avoid }));
    await eventually(() => expect(held.slices()).toEqual([0]));
  });

  test('when those who were not to be avoided are gone, somebody gets it', async () => {
    const held = holding();
    const before = await fresh(['a', 'b', 'c'], held.run);
    await before.pool.submit(submission({ slices: [0, 3] }));
    await eventually(() => expect(held.started).toHaveLength(3));
    await before.pool.submit(submission({ id: 's2', slices: [7, 1], avoid: ['a', 'b'], priority: 9 }));
    await before.crash(['a', 'b']);
    await eventually(() => expect(held.slices()).toContain(7));
  });

  test('a name that is part of another is not avoided with it', async () => {
    const held = holding();
    const { pool } = await fresh(['host/1', 'host/11'], held.run);
    await pool.submit(submission({ avoid: ['host/11'] }));
    await eventually(() => expect(held.at(0)?.worker).toBe('host/1'));
  });
}

function endingLaws(fresh: FreshPool): void {
  test('terminate forgets what waits, stops what runs, leaves other renders alone, and is quiet twice', async () => {
    const held = holding();
    const { pool } = await fresh(['a', 'b'], held.run);
    await pool.terminate('nobody', 'why not');
    await pool.submit(submission({ slices: [0, 1] }));
    await pool.submit(submission({ id: 's2', renderId: 'r2', slices: [50, 1] }));
    await eventually(() => expect(held.started).toHaveLength(2));
    await pool.submit(submission({ id: 's3', slices: [1, 20] }));
    await pool.terminate('r1', 'a person cancelled it');
    await pool.terminate('r1', 'a person cancelled it');
    await eventually(async () => expect(await pool.active('r1')).toEqual([]));
    expect(held.at(0).signal.aborted).toBe(true);
    expect(String(held.at(0).signal.reason)).toContain('a person cancelled it');
    expect(held.at(50).signal.aborted).toBe(false);
    expect(held.slices().toSorted((x, y) => x - y)).toEqual([0, 50]);
    expect(await pool.active('r2')).toHaveLength(1);
  });

  test('what is terminated does not come back with new machines', async () => {
    const held = holding();
    const before = await fresh(['a'], held.run);
    await before.pool.submit(submission({ slices: [0, 5] }));
    await eventually(() => expect(held.slices()).toEqual([0]));
    await before.pool.terminate('r1', 'enough');
    await eventually(async () => expect(await before.pool.active('r1')).toEqual([]));
    const after = await before.crash();
    await after.pool.submit(submission({ id: 's2', renderId: 'r2', slices: [9, 1] }));
    await eventually(() => expect(held.slices()).toEqual([0, 9]));
  });

  test('an end that is no success is told, with its reason; a success is not', async () => {
    const ends: Ending[] = [
      SUCCEEDED,
      { outcome: 'failed', reason: 'out of memory' },
      { outcome: 'interrupted', reason: 'reclaimed' },
      { outcome: 'failed', reason: '日'.repeat(100_000) },
    ];
    const { pool, watched } = await fresh(['a'], async ({ slice }) => ends[slice]!);
    await pool.submit(submission({ slices: [0, 4] }));
    await eventually(() => expect(watched()).toHaveLength(3));
    await eventually(async () => expect(await pool.active('r1')).toEqual([]));
    const base = { type: 'watch-batch', renderId: 'r1', submission: 's1' };
    expect(watched().slice(0, 2)).toEqual([
      { ...base, slice: 1, outcome: 'failed', reason: 'out of memory' },
      { ...base, slice: 2, outcome: 'interrupted', reason: 'reclaimed' },
    ]);
    expect(watched()[2]).toMatchObject({ slice: 3, reason: expect.stringContaining('日日日') });
  });
}
