import { Fault } from '../fault.ts';
import { DIALECTS, type Dialect } from '../frame-range-dialects.ts';

const NAMES: Readonly<Record<Dialect, string>> = {
  fileseq: 'FileSeq',
  openjd: 'Open Job Description',
  opencue: 'OpenCue',
};

const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);

/** One expression being read; `part` is what its faults point at. */
export interface Reading {
  readonly text: string;
  readonly dialect: Dialect;
}

/** The one way in which a range is refused: the text, the part of it that is wrong, why, and the fix. */
export function refuse({ text, dialect }: Reading, part: string, why: string, fix: string): never {
  const where = part === text ? '' : ` in ${shown(part)}`;
  throw new Fault(
    'INVALID_FRAME_RANGE',
    `frame range ${shown(text)}, read as ${NAMES[dialect]}:${where} ${why}; ${fix}`,
    { details: { value: text.slice(0, 1000), part: part.slice(0, 1000), dialect, fix } },
  );
}

/** The looks of other dialects and of common slips, with what to write instead. */
const HINTS: readonly (readonly [looks: RegExp, dialects: readonly Dialect[], fix: string])[] = [
  [/\.\./, DIALECTS, 'write a range with one hyphen, such as 1-10'],
  [/\d\.\d/, DIALECTS, 'write whole frames; there is nothing between two of them'],
  [/;/, DIALECTS, 'separate parts by commas'],
  [/\+/, DIALECTS, 'write numbers without "+"'],
  [/\d[XY]-?\d/, ['fileseq', 'opencue'], 'write the x or y in lower case'],
  [/\d(?:step|by|every)\d/i, ['fileseq', 'opencue'], 'write a step with x, such as 1-10x2'],
  [
    /\d(?:step|by|every|[xX])-?\d/,
    ['openjd'],
    'write a step with a colon, such as 1-10:2, or name the dialect fileseq',
  ],
  [/\dy-?\d/i, ['openjd'], 'name the dialect fileseq; this one cannot leave out every n-th frame'],
  [/^-?\d+:/, DIALECTS, 'write a range with a hyphen, such as 1-10'],
  [/-$/, DIALECTS, 'write the last frame too, such as 1-10'],
  [/^$/, DIALECTS, 'take out the comma that nothing follows'],
  [/\s/, ['opencue'], 'take out the blanks, and separate parts by commas'],
  [/\s/, ['openjd'], 'separate parts by commas'],
];

const EXAMPLES: Readonly<Record<Dialect, string>> = {
  fileseq: '1-10,20, 1-10x2 or 10-1',
  openjd: '1-10,20 or 1-10:2',
  opencue: '1-10,20, 1-10x2 or 10-1',
};

/** Refuses a part that the grammar does not know, with a hint when it looks like something else. */
export function refuseShape(reading: Reading, part: string): never {
  const hint = HINTS.find(([looks, dialects]) => dialects.includes(reading.dialect) && looks.test(part));
  const fix = hint?.[2] ?? `write frames such as ${EXAMPLES[reading.dialect]}`;
  return refuse(reading, part, part === '' ? 'there is an empty part' : 'this is no frame or range', fix);
}

/** Longer than any range that a person or a tool writes; keeps hostile text cheap. */
const MAX_TEXT = 200_000;
/** The same limit as the reference of Open Job Description has. */
export const MAX_PARTS = 10_000;

export function partsOf(reading: Reading, text: string): readonly string[] {
  if (text.length > MAX_TEXT) {
    refuse(reading, text, `has ${text.length} characters`, `write at most ${MAX_TEXT}`);
  }
  const parts = text.split(',', MAX_PARTS + 1);
  if (parts.length > MAX_PARTS)
    refuse(reading, text, 'has too many parts', `write at most ${MAX_PARTS} parts`);
  return parts;
}

/** A whole number from its digits; beyond 2^53 two of them would be one and the same frame. */
export function wholeNumber(reading: Reading, part: string, digits: string): number {
  const value = Number(digits) + 0;
  if (Number.isSafeInteger(value)) return value;
  return refuse(reading, part, 'a number is too large', `stay within ±${Number.MAX_SAFE_INTEGER}`);
}

/** Counting must stay exact, and no render comes near. */
export function checkSpan(reading: Reading, part: string, start: number, end: number): void {
  if (Math.abs(end - start) < Number.MAX_SAFE_INTEGER) return;
  refuse(reading, part, 'the range is too long', 'write one of fewer than 2^53 frames');
}
