import { concatFrames, type FrameRange, type PlainRun } from '../frame-range.ts';
import { checkSpan, partsOf, type Reading, refuse, refuseShape, wholeNumber } from './unreadable.ts';

const PART = /^[ \t]*(-?\d+)[ \t]*(?:-[ \t]*(-?\d+)[ \t]*(?::[ \t]*(-?\d+)[ \t]*)?)?$/;

interface Part {
  readonly text: string;
  /** As written, whether or not the step ends there. */
  readonly low: number;
  readonly high: number;
  readonly run: PlainRun;
}

/**
 * Integer range expressions of Open Job Description 2023-09, always in increasing order.
 *
 * `:` is a step. What repeats or overlaps is refused, and this goes by the ranges as they are written:
 * `1-10:2,2-10:2` and `1-10:4,10-15` overlap although their frames do not. (So says the specification;
 * its two reference models shrink `1-10:4` to `1-9:4` first, and take the second one.) A range that counts
 * downwards needs a negative step, and is told upwards all the same.
 */
export function parseOpenjd(text: string): FrameRange {
  const reading: Reading = { text, dialect: 'openjd' };
  const parts = partsOf(reading, text).map((part) => readPart(reading, part));
  parts.sort((a, b) => a.low - b.low);
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1];
    if (before && before.high >= part.low) {
      refuse(reading, part.text, `overlaps with ${JSON.stringify(before.text)}`, 'write each frame once');
    }
  }
  return concatFrames(parts.map(({ run }) => run));
}

function readPart(reading: Reading, text: string): Part {
  const match = PART.exec(text);
  if (!match) refuseShape(reading, text.trim());
  const start = wholeNumber(reading, text, match[1]!);
  const end = match[2] === undefined ? start : wholeNumber(reading, text, match[2]);
  const step = match[3] === undefined ? 1 : wholeNumber(reading, text, match[3]);
  checkSpan(reading, text, start, end);
  checkDirection(reading, text, end - start, step);
  const [low, high] = [Math.min(start, end), Math.max(start, end)];
  const stride = Math.abs(step);
  const rest = (high - low) % stride;
  const first = step > 0 ? low : low + rest;
  return { text, low, high, run: { start: first, step: stride, count: (high - low - rest) / stride + 1 } };
}

function checkDirection(reading: Reading, text: string, distance: number, step: number): void {
  if (step === 0) refuse(reading, text, 'the step is 0', 'write a step of 1 or more, or of -1 or less');
  if (step > 0 && distance < 0) {
    refuse(reading, text, 'the range counts downwards', 'write the lower frame first, or a negative step');
  }
  if (step < 0 && distance > 0) {
    refuse(reading, text, 'a negative step cannot count upwards', 'write the step without "-"');
  }
}
