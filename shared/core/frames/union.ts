import { appendRun, type FrameRange, type FrameRun, type PlainRun } from '../frame-range.ts';
import { greatestDivisor, modulo, type Pattern, type Spend, sift } from './sift.ts';

/** Frames from `start` to at most `end`, every `step` (1 or more), upwards or downwards. */
export interface Stride {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Frames that were written already: every `step` from `phase` within `low`..`high`, or all but those. */
interface Written {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly phase: number;
  readonly allBut: boolean;
}

/** An ordered list of frames under construction, where a frame that comes again is dropped. */
export interface Union {
  add(stride: Stride): void;
  /** Adds every frame from `start` to `end` except those of the stride. */
  addAllBut(stride: Stride): void;
  /** Adds the stride, then the same with the next narrower step, and so on until there are all frames. */
  addPasses(widest: Stride, narrower: (step: number) => number): void;
  /** Counts frames as written without adding them. */
  skip(stride: Stride): void;
  skipAllBut(stride: Stride): void;
  /** The frames that `add` would add now. */
  fresh(stride: Stride): FrameRange;
  range(): FrameRange;
}

/** Up to so many frames, passes that repeat themselves late or never are told frame by frame: 1 MB. */
const TOLD_SINGLY = 2 ** 20;
/** Passes of 12 and less repeat themselves after 27,720 frames at the latest. */
const REPEATS_EARLY = 12;

export function createUnion(spend: Spend): Union {
  const written: Written[] = [];
  const runs: FrameRun[] = [];
  const patternsOn = (run: PlainRun, others: readonly Written[]): readonly Pattern[] => {
    const patterns: Pattern[] = [];
    for (const other of others) {
      const pattern = patternOn(run, other, spend);
      if (pattern) patterns.push(pattern);
    }
    return patterns;
  };
  const without = (run: PlainRun, others: readonly Written[]): FrameRange => {
    const patterns = patternsOn(run, others);
    if (patterns.length === 0) return [run];
    return sift([0, run.count - 1], patterns, 'free', spend).map((indexes) => framesAt(run, indexes));
  };
  const fresh = (stride: Stride): FrameRange => without(runOf(stride), written);
  const skip = (stride: Stride): void => remember(written, writtenOf(stride, false));
  const skipAllBut = (stride: Stride): void => remember(written, writtenOf(stride, true));
  return {
    fresh,
    skip,
    skipAllBut,
    add(stride) {
      for (const run of fresh(stride)) appendRun(runs, run);
      skip(stride);
    },
    addAllBut(stride) {
      const except = writtenOf(stride, false);
      for (const run of without(runOf({ ...stride, step: 1 }), [...written, except])) appendRun(runs, run);
      skipAllBut(stride);
    },
    addPasses(widest, narrower) {
      const stride = { ...widest, step: 1 };
      const all = runOf(stride);
      const before = written.length;
      const singly = widest.step > REPEATS_EARLY && all.count <= TOLD_SINGLY;
      const marks = singly ? marksOf(all.count, patternsOn(all, written), spend) : undefined;
      for (let { step } = widest; step > 0; step = narrower(step)) {
        if (!marks) this.add({ ...widest, step });
        else for (const index of unmarked(marks, step, spend)) appendRun(runs, frameOf(all, index));
      }
      // Step 1 was the last, so that one entry says it all.
      written.length = before;
      skip(stride);
    },
    range: () => runs,
  };
}

/** A mark for each index that a pattern holds. */
function marksOf(count: number, patterns: readonly Pattern[], spend: Spend): Uint8Array {
  spend(count);
  const marks = new Uint8Array(count);
  for (const { from, to, period, phase, width } of patterns) {
    spend((to - from) / period);
    for (let first = from + modulo(phase - from, period) - period; first <= to; first += period) {
      marks.fill(1, Math.max(first, from), Math.max(from, Math.min(first + width, to + 1)));
    }
  }
  return marks;
}

/** Every `step`-th index that has no mark yet; it has one then. */
function* unmarked(marks: Uint8Array, step: number, spend: Spend): Generator<number, undefined> {
  spend(marks.length / step / 4);
  for (let index = 0; index < marks.length; index += step) {
    if (marks[index] === 0) yield index;
    marks[index] = 1;
  }
}

const frameOf = ({ start, step }: PlainRun, index: number): PlainRun => ({
  start: start + index * step,
  step: 1,
  count: 1,
});

const lengthOf = ({ start, end, step }: Stride): number => {
  const span = Math.abs(end - start);
  return (span - (span % step)) / step + 1;
};

const runOf = (stride: Stride): PlainRun => ({
  start: stride.start,
  step: stride.end < stride.start ? -stride.step : stride.step,
  count: lengthOf(stride),
});

/** A step beyond the end holds the start alone; keeping it within the span keeps all numbers small. */
const writtenOf = ({ start, end, step }: Stride, allBut: boolean): Written => ({
  low: Math.min(start, end),
  high: Math.max(start, end),
  step: Math.min(step, Math.abs(end - start) + 1),
  phase: start,
  allBut,
});

function remember(written: Written[], next: Written): void {
  const last = written.at(-1);
  const whole = last?.step === 1 && next.step === 1 && last.allBut === next.allBut;
  if (whole && next.low <= last.high + 1 && next.high >= last.low - 1) {
    const [low, high] = [Math.min(last.low, next.low), Math.max(last.high, next.high)];
    written[written.length - 1] = { ...last, low, high };
  } else {
    written.push(next);
  }
}

/** The frames of a run at a run of its indexes. */
function framesAt({ start, step }: PlainRun, indexes: FrameRun): FrameRun {
  const at = (run: PlainRun, base: number): PlainRun => ({
    start: base + step * run.start + 0,
    step: step * run.step,
    count: run.count,
  });
  const run = at(indexes, start);
  return indexes.block ? { ...run, block: indexes.block.map((part) => at(part, 0)) } : run;
}

/** Which indexes of a run hold frames that were written: the solutions of a linear congruence. */
function patternOn({ start, step, count }: PlainRun, other: Written, spend: Spend): Pattern | undefined {
  const end = start + step * (count - 1);
  const low = Math.max(other.low, Math.min(start, end));
  const high = Math.min(other.high, Math.max(start, end));
  if (low > high) return undefined;
  spend(1);
  const stride = Math.abs(step);
  const [near, far] = step > 0 ? [low - start, high - start] : [start - high, start - low];
  const from = (near + modulo(-near, stride)) / stride;
  const to = (far - (far % stride)) / stride;
  if (from > to) return undefined;
  const divisor = greatestDivisor(stride, other.step);
  const period = other.step / divisor;
  const distance = modulo(modulo(other.phase, other.step) - modulo(start, other.step), other.step);
  const met = distance % divisor === 0;
  if (!met || period === 1)
    return met === other.allBut ? undefined : { from, to, period: 1, phase: 0, width: 1 };
  const phase = solve(modulo(step / divisor, period), distance / divisor, period);
  return other.allBut
    ? { from, to, period, phase: phase + 1, width: period - 1 }
    : { from, to, period, phase, width: 1 };
}

/** The `x` below `modulus` with `factor * x ≡ target`; `factor` and `modulus` share no divisor. */
function solve(factor: number, target: number, modulus: number): number {
  let [previous, current] = [0, 1];
  let [high, low] = [modulus, factor];
  while (low > 1) {
    const quotient = Math.floor(high / low);
    [high, low] = [low, high - quotient * low];
    [previous, current] = [current, previous - quotient * current];
  }
  const inverse = modulo(current, modulus);
  return Number((BigInt(inverse) * BigInt(target)) % BigInt(modulus));
}
