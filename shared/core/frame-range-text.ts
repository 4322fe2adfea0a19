import { Fault } from './fault.ts';
import { countFrames, type FrameRange, type FrameRun, type PlainRun, plainRuns } from './frame-range.ts';
import type { Dialect } from './frame-range-dialects.ts';
import { createEffort } from './frames/effort.ts';
import { parseFileseq } from './frames/parse-fileseq.ts';
import { parseOpencue } from './frames/parse-opencue.ts';
import { parseOpenjd } from './frames/parse-openjd.ts';
import { greatestDivisor } from './frames/sift.ts';
import { sortFrames } from './frames/sort.ts';
import { createUnion, type Stride, type Union } from './frames/union.ts';
import { MAX_PARTS } from './frames/unreadable.ts';

const PARSERS: Readonly<Record<Dialect, (text: string) => FrameRange>> = {
  fileseq: parseFileseq,
  openjd: parseOpenjd,
  opencue: parseOpencue,
};

/**
 * The frames that a text means in the named dialect; INVALID_FRAME_RANGE otherwise. The result may be
 * empty where the dialect can say so. Time and memory follow the text, whatever it says.
 */
export function parseFrames(text: string, dialect: Dialect): FrameRange {
  const range = PARSERS[dialect](text);
  if (countFrames(range) <= Number.MAX_SAFE_INTEGER) return range;
  throw new Fault(
    'INVALID_FRAME_RANGE',
    `frame range ${JSON.stringify(text.slice(0, 80))}: has 2^53 frames or more`,
  );
}

/**
 * The canonical text of Open Job Description: sorted, taking as many frames as possible into each range
 * from the lowest up (`1,4`, `7,8`, `1-7:3`), as both reference models write a list of frames. The same
 * set of frames gives the same text, whatever it came from. No frames, or frames that need more than
 * 10,000 parts, have no such text: INVALID_FRAME_RANGE.
 */
export function formatFrames(range: FrameRange): string {
  const parts: string[] = [];
  for (const { start, step, count } of greedy(plainRuns(sortFrames(range)))) {
    const end = start + step * (count - 1);
    if (count === 1) parts.push(`${start}`);
    else if (count === 2) parts.push(`${start}`, `${end}`);
    else parts.push(step === 1 ? `${start}-${end}` : `${start}-${end}:${step}`);
    checkParts(parts);
  }
  if (parts.length > 0) return parts.join(',');
  throw new Fault('INVALID_FRAME_RANGE', 'there are no frames; Open Job Description has no text for that');
}

function checkParts(parts: readonly string[]): void {
  if (parts.length <= MAX_PARTS) return;
  throw new Fault('INVALID_FRAME_RANGE', `the frames need more than ${MAX_PARTS} parts to be written down`);
}

/** Takes from the front of each run what goes on with the one before, as if frames came one by one. */
function* greedy(runs: Iterable<PlainRun>): Generator<PlainRun, undefined> {
  let open: PlainRun | undefined;
  for (const run of runs) {
    let rest: PlainRun | undefined = run;
    while (rest) {
      const next: PlainRun = open ?? { ...rest, count: 0 };
      const step: number = next.count === 1 ? rest.start - next.start : next.step;
      const continues: boolean = rest.start === next.start + step * next.count;
      if (!continues) yield next;
      const taken: number = !continues || rest.step === step ? rest.count : 1;
      open = continues ? { start: next.start, step, count: next.count + taken } : rest;
      const left: number = rest.count - taken;
      rest = left > 0 ? { ...rest, start: rest.start + rest.step * taken, count: left } : undefined;
    }
  }
  if (open) yield open;
}

/**
 * A FileSeq text that gives the same frames in the same order. A pattern is written as `y`, or as the
 * whole range that it is the rest of; one that needs more than 10,000 parts is INVALID_FRAME_RANGE.
 */
export function formatFileseq(range: FrameRange): string {
  const parts: string[] = [];
  const written = createUnion(createEffort('the frames are too scattered to be written down'));
  for (const run of range) {
    for (const part of run.block ? patternTexts(run, written) : plainTexts(run, written)) {
      parts.push(part);
      checkParts(parts);
    }
  }
  return parts.join(',');
}

const endOf = ({ start, step, count }: PlainRun): number => start + step * (count - 1);

function plainTexts(run: PlainRun, written: Union): readonly string[] {
  const { start, count } = run;
  const [end, step] = [endOf(run), Math.abs(run.step)];
  written.skip({ start, end, step });
  if (count === 1) return [`${start}`];
  if (step === 1) return [`${start}-${end}`];
  return count === 2 ? [`${start}`, `${end}`] : [`${start}-${end}x${step}`];
}

function* patternTexts(run: FrameRun, written: Union): Generator<string, undefined> {
  const gaps = evenGaps(run);
  if (gaps) {
    written.skipAllBut(gaps);
    yield `${gaps.start}-${gaps.end}y${gaps.step}`;
    return;
  }
  const hull = hullOf(run);
  const rest = written.fresh({ start: hull.start, end: endOf(hull), step: Math.abs(hull.step) });
  if (countFrames(rest) === countFrames([run])) yield* plainTexts(hull, written);
  else for (const plain of plainRuns([run])) yield* plainTexts(plain, written);
}

/** The `y` stride that a pattern is all the rest of, where it leaves out one frame at a time. */
function evenGaps({ start, step, count, block = [] }: FrameRun): Stride | undefined {
  const [only] = block;
  const sign = Math.sign(step);
  if (block.length !== 1 || !only || only.step !== sign || only.count !== Math.abs(step) - 1)
    return undefined;
  const first = start + only.start - sign;
  return { start: first, end: first + step * count - sign, step: Math.abs(step) };
}

/** The shortest plain run that holds all frames of a pattern. */
function hullOf({ start, step, count, block = [] }: FrameRun): PlainRun {
  const first = block[0]!;
  const apart = block.flatMap((run) => [run.start - first.start, run.count > 1 ? run.step : 0]);
  const divisor = apart.reduce((common, gap) => greatestDivisor(common, Math.abs(gap)), Math.abs(step));
  const length = step * (count - 1) + endOf(block.at(-1)!) - first.start;
  return {
    start: start + first.start,
    step: Math.sign(step) * divisor,
    count: Math.abs(length) / divisor + 1,
  };
}
