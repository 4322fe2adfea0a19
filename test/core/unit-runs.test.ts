import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sliceUnits, unitOf, unitPlace } from '#shared/core/plan.ts';
import { countUnits, normalizeRuns, runsOf, subtractRuns, unitAt, unitsOf } from '#shared/core/unit-runs.ts';

const runs = fc.array(fc.tuple(fc.nat(60), fc.nat(6)), { maxLength: 12 });
const setOf = (list: readonly (readonly [number, number])[]) => new Set(unitsOf(list));

describe('runs of units', () => {
  test('normalized runs are sorted, apart, and mean the same', () => {
    fc.assert(
      fc.property(runs, (list) => {
        const normal = normalizeRuns(list);
        expect(setOf(normal)).toEqual(new Set([...setOf(list)].sort((a, b) => a - b)));
        expect(countUnits(normal)).toBe(setOf(list).size);
        for (const [i, [first, count]] of normal.entries()) {
          expect(count).toBeGreaterThan(0);
          if (i > 0) expect(first).toBeGreaterThan(normal[i - 1]![0] + normal[i - 1]![1]);
        }
      }),
    );
  });

  test('what is subtracted is gone and nothing else', () => {
    fc.assert(
      fc.property(runs, runs, (list, without) => {
        const holes = setOf(without);
        const expected = [...setOf(list)].filter((unit) => !holes.has(unit)).sort((a, b) => a - b);
        expect([...unitsOf(subtractRuns(list, without))]).toEqual(expected);
      }),
    );
  });

  test('runs of single units, and the unit at a position', () => {
    expect(runsOf([5, 3, 4, 9, 3])).toEqual([
      [3, 3],
      [9, 1],
    ]);
    expect(
      [0, 1, 2, 3, 4].map((position) =>
        unitAt(
          [
            [3, 3],
            [9, 1],
          ],
          position,
        ),
      ),
    ).toEqual([3, 4, 5, 9, undefined]);
  });

  test('a unit is a position and a part, and back', () => {
    expect(sliceUnits({ position: 4, count: 3, part: 2 }, 10)).toEqual([24, 3]);
    expect(unitPlace(24, 10)).toEqual({ part: 2, position: 4 });
    expect(unitOf(4, 2, 10)).toBe(24);
  });
});
