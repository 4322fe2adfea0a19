import type { UnitRun } from './plan.ts';

/** Sorted, disjoint, non-adjacent runs of the same units, whatever order and overlap came in. */
export function normalizeRuns(runs: readonly UnitRun[]): readonly UnitRun[] {
  const sorted = runs.filter(([, count]) => count > 0).toSorted((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [first, count] of sorted) {
    const last = merged.at(-1);
    if (last && first <= last[0] + last[1]) last[1] = Math.max(last[1], first + count - last[0]);
    else merged.push([first, count]);
  }
  return merged;
}

/** The runs of a list of unit numbers, in any order, repeats allowed. */
export const runsOf = (units: Iterable<number>): readonly UnitRun[] =>
  normalizeRuns(Array.from(units, (unit) => [unit, 1] as const));

export const countUnits = (runs: readonly UnitRun[]): number =>
  runs.reduce((sum, [, count]) => sum + count, 0);

/** What of `runs` is not in `without`. */
export function subtractRuns(runs: readonly UnitRun[], without: readonly UnitRun[]): readonly UnitRun[] {
  const holes = normalizeRuns(without);
  const left: UnitRun[] = [];
  for (const [first, count] of normalizeRuns(runs)) {
    let from = first;
    const end = first + count;
    for (const [hole, size] of holes) {
      if (hole + size <= from) continue;
      if (hole >= end) break;
      if (hole > from) left.push([from, hole - from]);
      from = hole + size;
    }
    if (from < end) left.push([from, end - from]);
  }
  return left;
}

/** Every unit number in the runs, in order. */
export function* unitsOf(runs: readonly UnitRun[]): Generator<number> {
  for (const [first, count] of runs) for (let unit = first; unit < first + count; unit += 1) yield unit;
}

/** The unit at a 0-based position over the runs in their order; `undefined` beyond the end. */
export function unitAt(runs: readonly UnitRun[], position: number): number | undefined {
  let rest = position;
  for (const [first, count] of runs) {
    if (rest < count) return first + rest;
    rest -= count;
  }
  return undefined;
}
