import { appendRun, type FrameRun, type PlainRun } from '../frame-range.ts';

/**
 * A regular pattern on the whole numbers: within `from`..`to`, `width` numbers from `phase` on, and again
 * every `period`. It holds all of `from`..`to` once `width` reaches `period`.
 */
export interface Pattern {
  readonly from: number;
  readonly to: number;
  readonly period: number;
  readonly phase: number;
  readonly width: number;
}

/** Counts work down and throws when it is used up, so that no text takes long or becomes large. */
export type Spend = (steps: number) => void;

/** An interval is kept and sorted; a step is a number that is only looked at. */
const SORTED_COST = 4;

type Interval = readonly [first: number, last: number];

/** The part of `first`..`last` where the same patterns apply from end to end. */
interface Stretch {
  readonly first: number;
  readonly last: number;
  readonly active: readonly Pattern[];
}

/**
 * The numbers of `first`..`last`, in increasing order, that no pattern holds (`free`) or that some pattern
 * holds (`held`). What it costs follows the patterns and what one common period of them holds, not the
 * numbers.
 */
export function sift(
  [first, last]: Interval,
  patterns: readonly Pattern[],
  keep: 'free' | 'held',
  spend: Spend,
): readonly FrameRun[] {
  const runs: FrameRun[] = [];
  for (const stretch of stretches(first, last, patterns, spend)) siftStretch(runs, stretch, keep, spend);
  return runs;
}

function* stretches(
  first: number,
  last: number,
  patterns: readonly Pattern[],
  spend: Spend,
): Generator<Stretch, undefined> {
  const coming = [...patterns].sort((a, b) => a.from - b.from);
  const borders = new Set([first, ...coming.flatMap(({ from, to }) => [from, to + 1])]);
  const starts = [...borders].filter((border) => border <= last).sort((a, b) => a - b);
  let active: Pattern[] = [];
  let arrived = 0;
  for (const [index, start] of starts.entries()) {
    active = active.filter((pattern) => pattern.to >= start);
    for (; coming[arrived] && coming[arrived]!.from <= start; arrived += 1) active.push(coming[arrived]!);
    spend(1 + active.length);
    yield { first: start, last: (starts[index + 1] ?? last + 1) - 1, active };
  }
}

function siftStretch(
  into: FrameRun[],
  { first, last, active }: Stretch,
  keep: 'free' | 'held',
  spend: Spend,
): void {
  const length = last - first + 1;
  const all = active.length === 0 ? keep === 'free' : keep === 'held';
  if (active.length === 0 || active.some((pattern) => pattern.width >= pattern.period)) {
    if (all) appendRun(into, { start: first, step: 1, count: length });
    return;
  }
  const period = active.reduce((common, pattern) => commonPeriod(common, pattern.period, length), 1);
  const repeats = Math.floor(length / period);
  if (repeats < 2) {
    appendIntervals(into, kept(first, length, active, keep, spend));
    return;
  }
  const block = kept(first, period, active, keep, spend);
  appendRepeated(into, first, period, repeats, block);
  const rest = first + repeats * period;
  const tail = block.map(([from, to]): Interval => [from + rest - first, Math.min(to + rest - first, last)]);
  appendIntervals(
    into,
    tail.filter(([from]) => from <= last),
  );
}

/** The least common multiple; Infinity when it is beyond `limit`. */
function commonPeriod(a: number, b: number, limit: number): number {
  const factor = a / greatestDivisor(a, b);
  return factor > limit / b ? Number.POSITIVE_INFINITY : factor * b;
}

/** The greatest common divisor; of 0 and a number, that number. */
export function greatestDivisor(a: number, b: number): number {
  let [high, low] = [a, b];
  while (low > 0) [high, low] = [low, high % low];
  return high;
}

/** The remainder that is never negative. */
export const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;

/** Which numbers of `first`..`first + length - 1` are kept, as intervals in increasing order. */
function kept(
  first: number,
  length: number,
  active: readonly Pattern[],
  keep: 'free' | 'held',
  spend: Spend,
): readonly Interval[] {
  const last = first + length - 1;
  const held: [first: number, last: number][] = [];
  for (const { period, phase, width } of active) {
    spend(SORTED_COST * (2 + length / period));
    const start = first + modulo(phase - first, period);
    for (let from = start - period; from <= last; from += period) {
      const to = Math.min(from + width - 1, last);
      if (to >= first) held.push([Math.max(from, first), to]);
    }
  }
  held.sort((a, b) => a[0] - b[0]);
  const joined: [first: number, last: number][] = [];
  for (const [from, to] of held) {
    const before = joined.at(-1);
    if (before && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else joined.push([from, to]);
  }
  return keep === 'held' ? joined : between(first, last, joined);
}

function between(first: number, last: number, intervals: readonly Interval[]): readonly Interval[] {
  const starts = [first, ...intervals.map(([, to]) => to + 1)];
  return starts
    .map((start, index): Interval => [start, (intervals[index]?.[0] ?? last + 1) - 1])
    .filter(([from, to]) => from <= to);
}

function appendIntervals(into: FrameRun[], intervals: readonly Interval[]): void {
  for (const [from, to] of intervals) appendRun(into, { start: from, step: 1, count: to - from + 1 });
}

function appendRepeated(
  into: FrameRun[],
  first: number,
  period: number,
  repeats: number,
  intervals: readonly Interval[],
): void {
  const block: PlainRun[] = [];
  appendIntervals(
    block,
    intervals.map(([from, to]): Interval => [from - first, to - first]),
  );
  const [only] = block;
  if (!only) return;
  const step = only.count === 1 ? period : only.step;
  if (block.length === 1 && step * only.count === period) {
    appendRun(into, { start: first + only.start, step, count: only.count * repeats });
  } else {
    appendRun(into, { start: first, step: period, count: repeats, block });
  }
}
