import type { FrameRange } from '../frame-range.ts';
import { createEffort } from './effort.ts';
import { tooScattered } from './parse-fileseq.ts';
import { createUnion, type Union } from './union.ts';
import { checkSpan, partsOf, type Reading, refuse, refuseShape, wholeNumber } from './unreadable.ts';

const PART = /^(-?\d+)(?:-(-?\d+)(?:([xy:])(-?\d+))?)?$/;

/**
 * OpenCue frame sets, as Cuebot (Java) and its Rust library read them, in the order they say.
 *
 * `x` and `y` as in FileSeq, but a step above 1 must count upwards and a negative one downwards, and
 * `10-1x1` is no frames at all. `1-10:5` interleaves by halves: every fifth, every second, then all
 * (pycue, which also shifts the start each time, is not followed). Nothing is trimmed. Commas at the end
 * are ignored, as Java's `split` does. A frame that is written twice is rendered once, where Cuebot would
 * keep it twice.
 *
 * Source: AcademySoftwareFoundation/OpenCue, cuebot/.../util/FrameRange.java and FrameSet.java.
 */
export function parseOpencue(text: string): FrameRange {
  const reading: Reading = { text, dialect: 'opencue' };
  const union = createUnion(createEffort(tooScattered(reading)));
  const parts = partsOf(reading, text.length > 1 ? text.replace(/(?<=[^,]),+$/, '') : text);
  for (const part of parts) addPart(reading, union, part);
  return union.range();
}

const halved = (pass: number): number => Math.floor(pass / 2);

function addPart(reading: Reading, union: Union, part: string): void {
  const match = PART.exec(part);
  if (!match) refuseShape(reading, part);
  const start = wholeNumber(reading, part, match[1]!);
  const end = match[2] === undefined ? start : wholeNumber(reading, part, match[2]);
  checkSpan(reading, part, start, end);
  if (match[4] === undefined) {
    union.add({ start, end, step: 1 });
    return;
  }
  const step = wholeNumber(reading, part, match[4]);
  checkDirection(reading, part, end - start, step);
  if (step === 1 && end < start) return;
  if (match[3] === 'y') union.addAllBut({ start, end, step: Math.abs(step) });
  else if (match[3] === ':') union.addPasses({ start, end, step: Math.abs(step) }, halved);
  else union.add({ start, end, step: Math.abs(step) });
}

function checkDirection(reading: Reading, part: string, distance: number, step: number): void {
  if (step === 0) refuse(reading, part, 'the step is 0', 'write a step of 1 or more, or of -1 or less');
  if (step > 1 && distance < 0) {
    refuse(reading, part, 'a positive step cannot count downwards', `write the step as -${step}`);
  }
  if (step < 0 && distance >= 0) {
    refuse(reading, part, 'a negative step needs a last frame below the first', `write the step as ${-step}`);
  }
}
