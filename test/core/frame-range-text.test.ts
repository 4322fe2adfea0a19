import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fault } from '#shared/core/fault.ts';
import { countFrames, frameAt, framesOf, fromFrames, sliceFrames } from '#shared/core/frame-range.ts';
import { DIALECTS, type Dialect } from '#shared/core/frame-range-dialects.ts';
import { formatFileseq, formatFrames, parseFrames } from '#shared/core/frame-range-text.ts';
import { counted, fileseq, firstOnly, type Part, part, partText } from './frame-expressions.ts';

const said = (text: string, dialect: Dialect): readonly number[] => [...framesOf(parseFrames(text, dialect))];
const refusal = (text: string, dialect: Dialect): Fault | undefined => {
  try {
    parseFrames(text, dialect);
    return undefined;
  } catch (error) {
    return error as Fault;
  }
};

/** FileSeq, told naively. */
function fileseqFrames({ start, end = start, kind, step }: Part): number[] | undefined {
  const by = end === start && kind === undefined ? 1 : Math.abs(step);
  if (kind === undefined) return counted(start, end, 1);
  if (step === 0 || (step < 0 && end > start)) return undefined;
  if (kind === 'x') return counted(start, end, by);
  const hit = new Set(counted(start, end, by));
  if (kind === 'y') return counted(start, end, 1).filter((frame) => !hit.has(frame));
  return counted(by, 1, 1).flatMap((pass) => counted(start, end, pass));
}

/** OpenCue, told naively. */
function opencueFrames({ start, end = start, kind, step }: Part): number[] | undefined {
  if (kind === undefined) return counted(start, end, 1);
  if (step === 0 || (step > 1 && end < start) || (step < 0 && end >= start)) return undefined;
  if (step === 1 && end < start) return [];
  const hit = counted(start, end, Math.abs(step));
  if (kind === 'x') return hit;
  if (kind === 'y') return counted(start, end, 1).filter((frame) => !hit.includes(frame));
  const frames: number[] = [];
  for (let pass = Math.abs(step); pass > 0; pass = Math.floor(pass / 2))
    frames.push(...counted(start, end, pass));
  return frames;
}

describe.each([
  ['fileseq', fileseqFrames],
  ['opencue', opencueFrames],
] as const)('%s', (dialect, naive) => {
  test('means what a naive reading of it means', () => {
    const asWritten = part.map(
      (drawn): Part => (drawn.end === undefined ? { ...drawn, kind: undefined } : drawn),
    );
    fc.assert(
      fc.property(fc.array(asWritten, { minLength: 1, maxLength: 5 }), (parts) => {
        const text = parts.map(partText).join(',');
        const each = parts.map(naive);
        if (each.includes(undefined)) expect(refusal(text, dialect)?.code).toBe('INVALID_FRAME_RANGE');
        else expect(said(text, dialect)).toEqual(firstOnly(each.flatMap((frames) => frames!)));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('texts whose meaning differs between dialects', () => {
  test.each<[string, Dialect, string]>([
    ['1-10:2', 'fileseq', '1,3,5,7,9,2,4,6,8,10'],
    ['1-10:2', 'openjd', '1,3,5,7,9'],
    ['1-10:2', 'opencue', '1,3,5,7,9,2,4,6,8,10'],
    ['1-10:4', 'fileseq', '1,5,9,4,7,10,3,2,6,8'],
    ['1-10:5', 'opencue', '1,6,3,5,7,9,2,4,8,10'],
    ['1-10y3', 'fileseq', '2,3,5,6,8,9'],
    ['1-10y3', 'opencue', '2,3,5,6,8,9'],
    ['10-1x1', 'fileseq', '10,9,8,7,6,5,4,3,2,1'],
    ['10-1x1', 'opencue', ''],
    ['10-1x1,5', 'opencue', '5'],
    ['10-6x-1', 'opencue', '10,9,8,7,6'],
    ['3-1:-1', 'openjd', '1,2,3'],
    ['3-1', 'opencue', '3,2,1'],
    ['1,2,1', 'opencue', '1,2'],
    ['1,2,,', 'opencue', '1,2'],
    ['1,,2', 'fileseq', '1,2'],
    ['', 'fileseq', ''],
    ['1-9x2,2-9x2,1-11', 'fileseq', '1,3,5,7,9,2,4,6,8,10,11'],
    ['2,1-16:13', 'fileseq', '2,1,14,13,12,11,10,9,8,15,7,6,16,5,4,3'],
    ['1-16y3,16-1:13', 'fileseq', '2,3,5,6,8,9,11,12,14,15,16,4,7,10,1,13'],
    [' 1 - 3 # , @ 5', 'fileseq', '1,2,3,5'],
    [' 1 -\t3 , 5 ', 'openjd', '1,2,3,5'],
  ])('%j in %s is %s', (text, dialect, expected) => {
    expect(said(text, dialect).join(',')).toBe(expected);
  });
});

describe('refusals name the text, the part and the fix', () => {
  test.each<[string, Dialect, string, string]>([
    ['1-5,6..10', 'fileseq', '6..10', 'one hyphen, such as 1-10'],
    ['1.5-3', 'fileseq', '1.5-3', 'whole frames'],
    ['1;2', 'openjd', '1;2', 'commas'],
    ['+1', 'fileseq', '+1', 'without "+"'],
    ['1-10X2', 'opencue', '1-10X2', 'lower case'],
    ['1-10step2', 'fileseq', '1-10step2', 'such as 1-10x2'],
    ['1-10x2', 'openjd', '1-10x2', 'such as 1-10:2, or name the dialect fileseq'],
    ['1-10y2', 'openjd', '1-10y2', 'name the dialect fileseq'],
    ['1:10', 'openjd', '1:10', 'with a hyphen'],
    ['1-', 'opencue', '1-', 'the last frame too'],
    ['1,,2', 'openjd', '', 'comma that nothing follows'],
    ['', 'openjd', '', 'comma that nothing follows'],
    ['', 'opencue', '', 'comma that nothing follows'],
    [',', 'opencue', '', 'comma that nothing follows'],
    [',1', 'opencue', '', 'comma that nothing follows'],
    ['1-10 ', 'opencue', '1-10 ', 'take out the blanks'],
    ['5 10', 'openjd', '5 10', 'separate parts by commas'],
    ['a', 'openjd', 'a', 'write frames such as 1-10,20 or 1-10:2'],
    ['1-10x0', 'fileseq', '1-10x0', 'step of 1 or more'],
    ['2,1-10x-3', 'fileseq', '1-10x-3', 'write 1-10x3'],
    ['1-10:0', 'opencue', '1-10:0', 'step of 1 or more'],
    ['10-1x2', 'opencue', '10-1x2', 'write the step as -2'],
    ['5-5x-1', 'opencue', '5-5x-1', 'write the step as 1'],
    ['1-10:0', 'openjd', '1-10:0', 'step of 1 or more'],
    ['10-1', 'openjd', '10-1', 'or a negative step'],
    ['10-6,5-1', 'openjd', '10-6', 'or a negative step'],
    ['1-10:-1', 'openjd', '1-10:-1', 'without "-"'],
    ['1,2,3,2', 'openjd', '2', 'write each frame once'],
    ['1-10:2,2-10:2', 'openjd', '2-10:2', 'write each frame once'],
    ['1-10:4,10-15', 'openjd', '10-15', 'write each frame once'],
    ['9007199254740992', 'fileseq', '9007199254740992', 'stay within'],
    ['1-5:99999999999999999999', 'openjd', '1-5:99999999999999999999', 'stay within'],
    ['-9007199254740991-1', 'fileseq', '-9007199254740991-1', 'fewer than 2^53'],
  ])('%j in %s', (text, dialect, wrong, fix) => {
    const fault = refusal(text, dialect)!;
    expect(fault.code).toBe('INVALID_FRAME_RANGE');
    expect(fault.message).toContain(JSON.stringify(text));
    expect(fault.details).toMatchObject({ value: text, part: wrong, dialect });
    expect(fault.details!.fix).toContain(fix);
    expect(fault.message).toContain(fault.details!.fix as string);
  });

  test.each(DIALECTS)('%s refuses endless text in words of normal length', (dialect) => {
    for (const text of ['9'.repeat(150_000), '1-'.repeat(90_000), '1,'.repeat(20_000), 'x'.repeat(300_000)]) {
      const fault = refusal(text, dialect)!;
      expect(fault.code).toBe('INVALID_FRAME_RANGE');
      expect(fault.message.length).toBeLessThan(500);
    }
  });

  test('as many frames as cannot be counted', () => {
    const half = '0-9007199254740989';
    expect(refusal(`${half},-9007199254740989--1`, 'openjd')?.message).toContain('2^53 frames');
    expect(countFrames(parseFrames(half, 'openjd'))).toBe(9_007_199_254_740_990);
  });

  test.each(DIALECTS)('%s: any text is frames or a refusal, at once', (dialect) => {
    const characters = fc.constantFrom(...'0123456789,-:xy. #@;+a\t');
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 30 }), (text) => {
        const fault = refusal(text, dialect);
        expect(fault === undefined || fault.code === 'INVALID_FRAME_RANGE').toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(['1-10000000:2000', '1-9000000000000000:100', '1-10000000:40'])(
    '%s has no pattern to keep',
    (text) => {
      expect(refusal(text, 'fileseq')?.message).toContain('without a pattern');
    },
  );
});

describe('ten million frames cost what their text costs', () => {
  test.each<[string, Dialect, number, number]>([
    ['1-10000000', 'fileseq', 10_000_000, 1],
    ['1-10000000x3', 'fileseq', 3_333_334, 1],
    ['1-10000000y3', 'fileseq', 6_666_666, 1],
    ['10000000-1y7', 'fileseq', 8_571_428, 2],
    ['1-10000000y5000000', 'fileseq', 9_999_998, 2],
    ['1-10000000:10', 'fileseq', 10_000_000, 300],
    ['1-10000000x5,1-10000000', 'fileseq', 10_000_000, 3],
    ['1-10000000x3,1-10000000x5,1-10000000', 'fileseq', 10_000_000, 10],
    ['1-10000000y3,1-10000000x2,1-10000000', 'fileseq', 10_000_000, 10],
    ['1-10000000:64', 'opencue', 10_000_000, 20],
    ['1-10000000:3', 'openjd', 3_333_334, 1],
    ['-9007199254740000-900:9', 'openjd', 1_000_799_917_193_434, 1],
  ])('%s in %s', (text, dialect, frames, runs) => {
    const range = parseFrames(text, dialect);
    expect(countFrames(range)).toBe(frames);
    expect(range.length).toBeLessThanOrEqual(runs);
  });

  test('and are the right ones in the middle', () => {
    const range = parseFrames('1-10000000:3', 'fileseq');
    const evens = 3_333_334;
    expect(frameAt(range, evens - 1)).toBe(10_000_000);
    expect([...framesOf(sliceFrames(range, evens, 4))]).toEqual([3, 5, 9, 11]);
    expect(new Set(framesOf(sliceFrames(range, 5_000_000, 100_000))).size).toBe(100_000);
  });
});

describe('writing ranges down', () => {
  test('FileSeq text gives the same frames in the same order', () => {
    fc.assert(
      fc.property(fileseq, (text) => {
        const frames = said(text, 'fileseq');
        expect(said(formatFileseq(parseFrames(text, 'fileseq')), 'fileseq')).toEqual(frames);
        expect(said(formatFileseq(fromFrames(frames)), 'fileseq')).toEqual(frames);
      }),
      { numRuns: 300 },
    );
  });

  test('Open Job Description text gives the same set of frames, and is a fixed point', () => {
    fc.assert(
      fc.property(fileseq, (text) => {
        const frames = said(text, 'fileseq');
        if (frames.length === 0) return;
        const canonical = formatFrames(parseFrames(text, 'fileseq'));
        expect(said(canonical, 'openjd')).toEqual(frames.toSorted((a, b) => a - b));
        expect(formatFrames(parseFrames(canonical, 'openjd'))).toBe(canonical);
        expect(formatFrames(fromFrames(frames.toReversed()))).toBe(canonical);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['1-5x3', '1,4'],
    ['1-9x3', '1-7:3'],
    ['7-8', '7,8'],
    ['10-1', '1-10'],
    ['5,-3--1', '-3--1,5'],
    ['1-3,10,12', '1-3,10,12'],
    ['1,10-12,18-23', '1,10,11,12,18-23'],
    ['1-10:4', '1-10'],
  ])('%s is canonically %s', (text, canonical) => {
    expect(formatFrames(parseFrames(text, 'fileseq'))).toBe(canonical);
  });

  test.each([
    ['1-10000000:3', '1-10000000x3,3-9999997x2,9999999,2-9999998x6,10000000-10000000'],
    ['1-10000000y3', '1-9999999y3'],
    ['10-1,12-11,20,25', '10-1,12-11,20,25'],
    ['9000000-1x7', '9000000-5x7'],
    ['5-9000000x6,1-9000000x3', '5-8999999x6,1-8999998x3'],
  ])('%s is written in FileSeq without counting', (text, written) => {
    const range = parseFrames(text, 'fileseq');
    const again = formatFileseq(range);
    expect(again.length).toBeLessThanOrEqual(written.length + 40);
    expect(countFrames(parseFrames(again, 'fileseq'))).toBe(countFrames(range));
    expect([...framesOf(sliceFrames(parseFrames(again, 'fileseq'), 6_000_000, 50))]).toEqual([
      ...framesOf(sliceFrames(range, 6_000_000, 50)),
    ]);
  });

  test('a slice of a pattern is written part by part', () => {
    const range = sliceFrames(parseFrames('1-1000:3,2001-3000x7', 'fileseq'), 340, 300);
    expect(said(formatFileseq(range), 'fileseq')).toEqual([...framesOf(range)]);
  });

  test('refuses what has no text, or none that could be read again', () => {
    expect(() => formatFrames([])).toThrow('no frames');
    expect(formatFileseq([])).toBe('');
    expect(() => formatFrames(parseFrames('1-1000000y3', 'fileseq'))).toThrow('more than 10000 parts');
    const scattered = fromFrames(Array.from({ length: 20_001 }, (_, index) => index * index));
    expect(() => formatFileseq(scattered)).toThrow('more than 10000 parts');
  });
});
