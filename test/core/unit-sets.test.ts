import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UnitRun } from '#shared/core/plan.ts';
import { unitsOf } from '#shared/core/unit-runs.ts';
import {
  addAnswer,
  doneWithin,
  type Shard,
  type UnitAnswer,
  type UnitTotals,
} from '#shared/core/unit-sets.ts';

const PLANNED = 9000;

function sets() {
  const kept = new Map<number, Shard>();
  let totals: UnitTotals | undefined;
  const shards = {
    load: (i: number) => kept.get(i),
    save: (i: number, shard: Shard) => void kept.set(i, shard),
  };
  return {
    add(answer: Partial<UnitAnswer>): UnitTotals {
      totals = addAnswer(totals, { planned: PLANNED, generation: 1, ...answer }, shards);
      return totals;
    },
    done: (within: UnitRun = [0, PLANNED]) => doneWithin(within, shards),
  };
}

describe('sets of units', () => {
  test('agree with plain sets, whatever comes in which order', () => {
    const run = fc.tuple(fc.nat(PLANNED - 40), fc.nat(40));
    const answers = fc.array(fc.record({ done: fc.array(run), failed: fc.array(run) }), { maxLength: 8 });
    fc.assert(
      fc.property(answers, (list) => {
        const real = sets();
        const [done, failed] = [new Set<number>(), new Set<number>()];
        let totals = real.add({});
        for (const answer of list) {
          totals = real.add(answer);
          for (const unit of unitsOf(answer.done)) done.add(unit);
          for (const unit of unitsOf(answer.failed)) failed.add(unit);
        }
        const stillFailed = [...failed].filter((unit) => !done.has(unit)).length;
        expect(totals).toEqual({ planned: PLANNED, done: done.size, failed: stillFailed, generation: 1 });
        expect([...unitsOf(real.done())]).toEqual([...done].sort((a, b) => a - b));
      }),
    );
  });

  test('a new generation starts without failures, also in shards that nobody touched since', () => {
    const real = sets();
    real.add({
      failed: [
        [0, 2],
        [5000, 2],
      ],
      done: [[10, 1]],
    });
    expect(real.add({ generation: 2, failed: [[5000, 1]] })).toMatchObject({
      done: 1,
      failed: 1,
      generation: 2,
    });
    expect(
      real.add({
        generation: 2,
        done: [
          [0, 1],
          [5001, 1],
        ],
      }),
    ).toMatchObject({ done: 3, failed: 1 });
  });

  test('what failed in an earlier generation is not heard any more, what is done is', () => {
    const real = sets();
    real.add({ generation: 2 });
    expect(real.add({ generation: 1, failed: [[3, 1]], done: [[4, 1]] })).toMatchObject({
      done: 1,
      failed: 0,
    });
  });

  test.each([[[[PLANNED, 1]]], [[[-1, 2]]], [[[5, -1]]], [[[PLANNED - 1, 2]]]] as [UnitRun[]][])(
    'units outside of the plan are refused: %j',
    (done) => {
      expect(() => sets().add({ done })).toThrow(/outside of the 9000 planned/);
    },
  );

  test('nothing is done where nothing was written', () => {
    expect(sets().done([4000, 500])).toEqual([]);
  });
});
