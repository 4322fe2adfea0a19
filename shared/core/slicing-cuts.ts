import { Fault } from './fault.ts';
import { concatFrames, countFrames, type FrameRange, sliceFrames } from './frame-range.ts';
import type { PlannedSlice } from './plan.ts';

/** A run of positions, of every part. */
export interface Cut {
  readonly position: number;
  readonly count: number;
}

/** A render of more slices is a slip of the pen; each one costs a process, a lease and a report. */
const MAX_SLICES = 1_000_000;
/** So many slices for each slot, so that no slot is left waiting long for the last one. Each slice costs CPU, too. */
const ROUNDS = 2;
/** Enough for a movie segment to be worth encoding, few enough to lose little with a broken attempt. */
const MOST_FRAMES = 25;

/** Pieces of `size`, the last one holding what is left. */
export function* evenCuts({ position, count }: Cut, size: number): Generator<Cut, undefined> {
  for (let done = 0; done < count; done += size) {
    yield { position: position + done, count: Math.min(size, count - done) };
  }
}

/** The size to cut into when nobody says one and slices may be rendered in any order. */
export const evenSize = (count: number, parts: number, slots: number): number =>
  Math.min(MOST_FRAMES, Math.max(1, Math.ceil((count * parts) / (ROUNDS * slots))));

/**
 * Each piece is a fixed share of what is left for each slot: at first up to 25 frames, in the end two, or
 * one where there are few, so that all slots finish at about the same time.
 */
export function* guidedCuts(within: Cut, parts: number, slots: number): Generator<Cut, undefined> {
  const least = within.count * parts > 2 * ROUNDS * slots ? 2 : 1;
  let { position, count } = within;
  while (count > 0) {
    const taken = Math.min(count, Math.max(least, evenSize(count, parts, slots)));
    yield { position, count: taken };
    position += taken;
    count -= taken;
  }
}

/** All parts of the first cut, then all of the next, so that frames become whole early. */
export function slicesOf(
  cuts: Iterable<Cut>,
  parts: number,
  before: readonly PlannedSlice[] = [],
): PlannedSlice[] {
  const slices = [...before];
  for (const { position, count } of cuts) {
    if (slices.length + parts > MAX_SLICES) {
      throw new Fault(
        'TOO_LARGE',
        `more than ${MAX_SLICES} slices; render fewer frames, or more frames a slice`,
        {
          details: { field: 'slice', fix: 'more frames a slice' },
        },
      );
    }
    for (let part = 0; part < parts; part += 1) slices.push({ position, count, part });
  }
  return slices;
}

/** Where the frame in the middle stands. */
const middleOf = (count: number): number => Math.floor((count - 1) / 2);

/** How many frames go first on their own: the first, the last and the one in the middle. */
export const scoutCount = (frameCount: number): number => Math.min(3, frameCount);

/** The same frames, the scouts before all others. */
export function scoutsFirst(frames: FrameRange): FrameRange {
  const count = countFrames(frames);
  if (count < 3) return frames;
  const middle = middleOf(count);
  return concatFrames(
    sliceFrames(frames, 0, 1),
    sliceFrames(frames, count - 1, 1),
    sliceFrames(frames, middle, 1),
    sliceFrames(frames, 1, middle - 1),
    sliceFrames(frames, middle + 1, count - middle - 2),
  );
}

/**
 * What is left behind the scouts, as the two stretches before and after the scout in the middle. No slice
 * spans that gap, so that the frames of each follow each other in the movie.
 */
export function behindScouts(frameCount: number): readonly Cut[] {
  const before = middleOf(frameCount) - 1;
  const after = frameCount - 3 - before;
  return [
    { position: 3, count: before },
    { position: 3 + before, count: after },
  ].filter(({ count }) => count > 0);
}

/** The first, the last, the middle, then the middle of each gap between those, the widest gaps first. */
export function middleFirst<T>(items: readonly T[]): T[] {
  const ends = items.length > 1 ? [items[0]!, items.at(-1)!] : [...items];
  const gaps: [first: number, last: number][] = [[1, items.length - 2]];
  const order = ends;
  for (const [first, last] of gaps) {
    if (first > last) continue;
    const middle = (first + last) >>> 1;
    order.push(items[middle]!);
    gaps.push([first, middle - 1], [middle + 1, last]);
  }
  return order;
}
