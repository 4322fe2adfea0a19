import type { FrameRange } from '../frame-range.ts';
import { createEffort } from './effort.ts';
import { createUnion, type Union } from './union.ts';
import { checkSpan, partsOf, type Reading, refuse, refuseShape, wholeNumber } from './unreadable.ts';

const PART = /^(-?\d+)(?:-(-?\d+)(?:([xy:])(-?\d+))?)?$/;

/**
 * FileSeq frame ranges, in the order they say, the first occurrence of a frame counting.
 *
 * `1-10x3` every third; `1-10y3` all but those; `1-10:3` every third, then every second, then the rest;
 * `10-1` downwards. Blanks, `#` and `@` are taken out first, wherever they are.
 *
 * The Python, Go and C++ libraries disagree on some texts. The Python one, where the grammar comes from,
 * is followed: empty parts are skipped (and no parts are no frames), a negative step is refused on an
 * ascending range and ignored on a descending one. Not followed: its fractional frames are refused, and
 * its limit of ten million frames is not needed.
 */
export function parseFileseq(text: string): FrameRange {
  const reading: Reading = { text, dialect: 'fileseq' };
  const union = createUnion(createEffort(tooScattered(reading)));
  for (const part of partsOf(reading, text.replace(/[\s#@]/g, ''))) {
    if (part !== '') addPart(reading, union, part);
  }
  return union.range();
}

/** What is written can be kept only where it repeats itself. */
export const tooScattered = ({ text }: Reading): string =>
  `frame range ${JSON.stringify(text.slice(0, 80))}: the frames come in an order without a pattern that could be kept; write fewer parts, a shorter range, or a smaller number behind ":"`;

function addPart(reading: Reading, union: Union, part: string): void {
  const match = PART.exec(part);
  if (!match) refuseShape(reading, part);
  const start = wholeNumber(reading, part, match[1]!);
  const end = match[2] === undefined ? start : wholeNumber(reading, part, match[2]);
  const signed = match[4] === undefined ? 1 : wholeNumber(reading, part, match[4]);
  checkSpan(reading, part, start, end);
  if (signed === 0) refuse(reading, part, 'the step is 0', 'write a step of 1 or more');
  if (signed < 0 && end > start) {
    refuse(reading, part, 'a negative step cannot count upwards', `write ${part.replace(/-(\d+)$/, '$1')}`);
  }
  const step = Math.abs(signed);
  if (match[3] === 'y') union.addAllBut({ start, end, step });
  else if (match[3] === ':') stagger(union, start, end, step);
  else union.add({ start, end, step });
}

/** Every `step`-th, then every (`step` - 1)-th, and so on down to all; steps beyond the range give its start. */
function stagger(union: Union, start: number, end: number, step: number): void {
  const widest = Math.min(step, Math.max(1, Math.abs(end - start)));
  union.addPasses({ start, end, step: widest }, (pass) => pass - 1);
}
