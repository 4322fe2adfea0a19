import {
  appendRun,
  concatFrames,
  countFrames,
  type FrameRange,
  type FrameRun,
  framesOf,
  type PlainRun,
} from '../frame-range.ts';
import { createEffort } from './effort.ts';
import { greatestDivisor, type Pattern, sift } from './sift.ts';

/** Up to here, frames that lie in between each other are sorted one by one: 8 MB. */
const SORTED_SINGLY = 1_000_000;

/** The same frames in increasing order. Runs that do not overlap, and any number of regular ones, stay runs. */
export function sortFrames(range: FrameRange): FrameRange {
  const runs = range.map(upwards).sort((a, b) => lowest(a) - lowest(b));
  const apart = runs.every((run, index) => index === 0 || highest(runs[index - 1]!) < lowest(run));
  if (apart) return concatFrames(runs);
  const even = evenly(range, runs);
  if (even) return [even];
  if (countFrames(range) <= SORTED_SINGLY) {
    const sorted: FrameRun[] = [];
    for (const frame of Float64Array.from(framesOf(range)).sort()) {
      appendRun(sorted, { start: frame, step: 1, count: 1 });
    }
    return sorted;
  }
  const spend = createEffort('the frames are too scattered to be sorted');
  return sift([lowest(runs[0]!), highestOf(runs)], runs.flatMap(patternsOf), 'held', spend);
}

/** As frames are distinct, as many as fit between the ends are all that fit: staggered ranges end here. */
function evenly(range: FrameRange, sorted: FrameRange): PlainRun | undefined {
  const start = lowest(sorted[0]!);
  const distances = sorted.flatMap((run) => [
    lowest(run) - start,
    run.count > 1 ? run.step : 0,
    ...(run.block ?? []).flatMap((part) => [
      part.start - run.block![0]!.start,
      part.count > 1 ? part.step : 0,
    ]),
  ]);
  const step = distances.reduce(greatestDivisor, 0);
  const count = countFrames(range);
  return (highestOf(sorted) - start) / step + 1 === count ? { start, step, count } : undefined;
}

const highestOf = (runs: FrameRange): number =>
  runs.reduce((most, run) => Math.max(most, highest(run)), -Infinity);

/** The lowest and the highest frame of a range that has any. */
export function spanOf(range: FrameRange): { readonly lowest: number; readonly highest: number } {
  const runs = range.map(upwards);
  return {
    lowest: runs.reduce((least, run) => Math.min(least, lowest(run)), Infinity),
    highest: highestOf(runs),
  };
}

const upwards = (run: FrameRun): FrameRun => (run.step > 0 ? run : reversed(run));

/** Upwards; blocks are told by their offsets, so the same numbers start elsewhere. */
function reversed({ start, step, count, block }: FrameRun): FrameRun {
  if (!block) return { start: start + step * (count - 1), step: -step, count };
  const end = block.at(-1)!;
  const last = end.start + end.step * (end.count - 1);
  const turned = block.map((run) => ({
    ...reversed(run),
    start: run.start + run.step * (run.count - 1) - last,
  }));
  return { start: start + step * (count - 1) + last, step: -step, count, block: turned.reverse() };
}

const lowest = (run: FrameRun): number => run.start + (run.block ? run.block[0]!.start : 0);

const highest = ({ start, step, count, block }: FrameRun): number => {
  const end = block?.at(-1);
  return start + step * (count - 1) + (end ? end.start + end.step * (end.count - 1) : 0);
};

function patternsOf(run: FrameRun): readonly Pattern[] {
  const [from, to] = [lowest(run), highest(run)];
  const parts: readonly PlainRun[] = run.block ?? [{ start: 0, step: 1, count: 1 }];
  return parts.flatMap((part) =>
    part.step === 1
      ? [{ from, to, period: run.step, phase: run.start + part.start, width: part.count }]
      : Array.from({ length: part.count }, (_, index) => ({
          from,
          to,
          period: run.step,
          phase: run.start + part.start + index * part.step,
          width: 1,
        })),
  );
}
