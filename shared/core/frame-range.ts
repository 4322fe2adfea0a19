import { Fault } from './fault.ts';

/** `count` frames from `start`, `step` apart (never 0; negative when they run downwards). */
export interface PlainRun {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/**
 * A plain run, or (with `block`) a repeated pattern: each of the `count` steps stands for the frames of
 * `block`, counted from it. Every frame of a block lies before the next step, in the direction of `step`.
 * The pattern is what keeps "all but every third of ten million" small.
 */
export interface FrameRun extends PlainRun {
  readonly block?: readonly PlainRun[];
}

/** An ordered list of distinct frame numbers, kept as runs: memory follows the runs, not the frames. */
export type FrameRange = readonly FrameRun[];

/** Frames collected one by one; Blender has fewer (2,097,149). */
const MAX_COLLECTED = 2 ** 21;

const sizeOf = (runs: readonly PlainRun[]): number => runs.reduce((size, run) => size + run.count, 0);

const runSize = (run: FrameRun): number => (run.block ? run.count * sizeOf(run.block) : run.count);

/** Where each run of a range ends; ranges never change, so it is counted once for each. */
const counted = new WeakMap<FrameRange, Float64Array>();

function endsOf(range: FrameRange): Float64Array {
  const known = counted.get(range);
  if (known) return known;
  const ends = new Float64Array(range.length);
  let total = 0;
  for (const [index, run] of range.entries()) {
    total += runSize(run);
    ends[index] = total;
  }
  counted.set(range, ends);
  return ends;
}

/** How many frames there are; costs nothing for the second call on the same range. */
export const countFrames = (range: FrameRange): number => endsOf(range).at(-1) ?? 0;

/** Every frame in order, one at a time. */
export function* framesOf(range: FrameRange): Generator<number, undefined> {
  for (const run of plainRuns(range)) {
    for (let index = 0; index < run.count; index += 1) yield run.start + index * run.step;
  }
}

/** The same frames as plain runs, one at a time: a pattern is told block by block. */
export function* plainRuns(range: FrameRange): Generator<PlainRun, undefined> {
  for (const { start, step, count, block } of range) {
    if (!block) yield { start, step, count };
    else for (let index = 0; index < count; index += 1) yield* shifted(block, start + index * step);
  }
}

const shifted = (runs: readonly PlainRun[], by: number): PlainRun[] =>
  runs.map((run) => ({ ...run, start: run.start + by }));

/** The frame at a 0-based position in the range's order; `undefined` beyond its ends. */
export function frameAt(range: FrameRange, position: number): number | undefined {
  if (!(position >= 0 && position < countFrames(range))) return undefined;
  const [run, skipped] = runAt(range, position);
  if (!run.block) return run.start + (position - skipped) * run.step;
  const size = sizeOf(run.block);
  const index = Math.floor((position - skipped) / size);
  return run.start + index * run.step + frameAt(run.block, position - skipped - index * size)!;
}

/** The run that holds a position, and how many frames come before that run. */
function runAt(range: FrameRange, position: number): [run: FrameRun, skipped: number] {
  const ends = endsOf(range);
  let [low, high] = [0, range.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! > position) high = middle;
    else low = middle + 1;
  }
  return [range[low]!, ends[low - 1] ?? 0];
}

/** The position of a frame in the range's order; `undefined` when the range does not hold it. */
export function positionOf(range: FrameRange, frame: number): number | undefined {
  const ends = endsOf(range);
  for (const [index, run] of range.entries()) {
    const within = positionInRun(run, frame);
    if (within !== undefined) return (ends[index - 1] ?? 0) + within;
  }
  return undefined;
}

function positionInRun({ start, step, count, block }: FrameRun, frame: number): number | undefined {
  const distance = step > 0 ? frame - start : start - frame;
  const rest = distance % Math.abs(step);
  const index = (distance - rest) / Math.abs(step);
  if (!(distance >= 0 && index < count)) return undefined;
  if (!block) return rest === 0 ? index : undefined;
  const within = positionOf(block, step > 0 ? rest : -rest);
  return within === undefined ? undefined : index * sizeOf(block) + within;
}

/** `count` frames from `position`, in order; clipped to the range. */
export function sliceFrames(range: FrameRange, position: number, count: number): FrameRange {
  const runs: FrameRun[] = [];
  const end = Math.min(position + count, countFrames(range));
  let next = Math.max(position, 0);
  while (next < end) {
    const [run, skipped] = runAt(range, next);
    const taken = Math.min(end - next, runSize(run) - (next - skipped));
    sliceRun(runs, run, next - skipped, taken);
    next += taken;
  }
  return runs;
}

function sliceRun(into: FrameRun[], run: FrameRun, first: number, count: number): void {
  const { start, step, block } = run;
  if (!block) {
    appendRun(into, { start: start + first * step, step, count });
    return;
  }
  const size = sizeOf(block);
  const inBlock = (index: number, from: number, length: number): void => {
    for (const part of shifted(sliceFrames(block, from, length), start + index * step)) appendRun(into, part);
  };
  const index = Math.floor(first / size);
  const head = first === index * size ? 0 : Math.min(count, (index + 1) * size - first);
  if (head > 0) inBlock(index, first - index * size, head);
  const whole = Math.floor((count - head) / size);
  const from = head > 0 ? index + 1 : index;
  if (whole > 0) appendRun(into, { start: start + from * step, step, count: whole, block });
  inBlock(from + whole, 0, count - head - whole * size);
}

/**
 * The given frames in the given order, compacted greedily into runs; a frame that comes again is
 * dropped. What is no whole number below 2^53 is INVALID_FRAME_RANGE.
 */
export function fromFrames(frames: Iterable<number>): FrameRange {
  const seen = new Set<number>();
  const runs: FrameRun[] = [];
  for (const given of frames) {
    const frame = given + 0;
    if (!Number.isSafeInteger(frame)) {
      throw new Fault('INVALID_FRAME_RANGE', `frame ${given} is not a whole number; give whole numbers`, {
        details: { frame: given },
      });
    }
    if (seen.has(frame)) continue;
    if (seen.size === MAX_COLLECTED) {
      throw new Fault('INVALID_FRAME_RANGE', `more than ${MAX_COLLECTED} single frames; give them as ranges`);
    }
    seen.add(frame);
    appendRun(runs, { start: frame, step: 1, count: 1 });
  }
  return runs;
}

/** All frames of the given ranges, one range after the other. They must not share frames. */
export function concatFrames(...ranges: readonly FrameRange[]): FrameRange {
  const runs: FrameRun[] = [];
  for (const range of ranges) for (const run of range) appendRun(runs, run);
  return runs;
}

/** Adds a run behind others, as part of the last one where it goes on with the same step. */
export function appendRun(runs: FrameRun[], run: FrameRun): void {
  const last = runs.at(-1);
  const merged = last && joined(last, run);
  if (merged) runs[runs.length - 1] = merged;
  else runs.push(run.count === 1 && !run.block ? { ...run, step: 1 } : run);
}

function joined(last: FrameRun, run: FrameRun): FrameRun | undefined {
  if (last.block ?? run.block) return undefined;
  const step = run.start - last.start;
  if (last.count === 1) {
    const continues = run.count === 1 || run.step === step;
    return continues ? { start: last.start, step, count: run.count + 1 } : undefined;
  }
  const continues = step === last.step * last.count && (run.count === 1 || run.step === last.step);
  return continues ? { ...last, count: last.count + run.count } : undefined;
}
