import { Fault } from './fault.ts';
import { countFrames, type FrameRange, plainRuns, sliceFrames } from './frame-range.ts';

const checkSize = (size: number): void => {
  if (Number.isSafeInteger(size) && size >= 1) return;
  throw new Fault(
    'INVALID_INPUT',
    `${size} frames at a time is not possible; give a whole number of 1 or more`,
    {
      details: { value: size },
    },
  );
};

/** Cuts a range, in its order, into pieces of `size` frames; the last one holds what is left. */
export function* splitFrames(range: FrameRange, size: number): Generator<FrameRange, undefined> {
  checkSize(size);
  const total = countFrames(range);
  for (let position = 0; position < total; position += size) yield sliceFrames(range, position, size);
}

/**
 * Cuts a range as an Open Job Description `CHUNK[INT]` parameter without `targetRuntimeSeconds` does, in
 * its order: into as few chunks of at most `size` as possible, of sizes that differ by one at most.
 *
 * `contiguous` chunks hold consecutive frames only, and the longer ones are spread evenly; otherwise gaps
 * do not matter, and the longer chunks come first (as openjd-rs does; the Python model spreads them).
 */
export function* chunkFrames(
  range: FrameRange,
  size: number,
  { contiguous }: { readonly contiguous: boolean },
): Generator<FrameRange, undefined> {
  checkSize(size);
  if (!contiguous) {
    let position = 0;
    for (const length of evenSizes(countFrames(range), size, 'first')) {
      yield sliceFrames(range, position, length);
      position += length;
    }
    return;
  }
  for (const [first, count] of intervals(range)) {
    let start = first;
    for (const length of evenSizes(count, size, 'spread')) {
      yield [{ start, step: 1, count: length }];
      start += length;
    }
  }
}

/** Maximal runs of consecutive frames, in order. */
function* intervals(range: FrameRange): Generator<readonly [first: number, count: number], undefined> {
  let [first, count] = [0, 0];
  for (const run of plainRuns(range)) {
    const pieces = run.step === 1 ? 1 : run.count;
    for (let index = 0; index < pieces; index += 1) {
      const start = run.start + index * run.step;
      if (count > 0 && start !== first + count) yield [first, count];
      if (count === 0 || start !== first + count) [first, count] = [start, 0];
      count += run.count / pieces;
    }
  }
  if (count > 0) yield [first, count];
}

/**
 * How many go into each chunk: `left` of them get one more, the `first` ones or those at
 * floor(i * chunks / left). The debt is how far the longer chunks told so far are ahead, times `chunks`.
 */
function* evenSizes(total: number, size: number, longer: 'first' | 'spread'): Generator<number, undefined> {
  const chunks = Math.ceil(total / size);
  const left = total % chunks;
  const small = (total - left) / chunks;
  let debt = 0;
  for (let index = 0; index < chunks; index += 1) {
    const due = debt < left;
    debt += (due ? chunks : 0) - left;
    const one = longer === 'first' ? index < left : due;
    yield small + (one ? 1 : 0);
  }
}
