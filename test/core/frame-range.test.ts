import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  concatFrames,
  countFrames,
  type FrameRange,
  frameAt,
  framesOf,
  fromFrames,
  positionOf,
  sliceFrames,
} from '#shared/core/frame-range.ts';
import { parseFrames } from '#shared/core/frame-range-text.ts';
import { sortFrames } from '#shared/core/frames/sort.ts';
import { fileseq } from './frame-expressions.ts';

const parse = (text: string): FrameRange => parseFrames(text, 'fileseq');
const list = (range: FrameRange): readonly number[] => [...framesOf(range)];
const ranges = fileseq.map(parse);
const frames = fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 60 });

describe('a range is its frames in order', () => {
  test('counting and looking up agree with the list of frames', () => {
    fc.assert(
      fc.property(ranges, (range) => {
        const all = list(range);
        expect(countFrames(range)).toBe(all.length);
        expect(new Set(all).size).toBe(all.length);
        for (const [position, frame] of all.entries()) {
          expect(frameAt(range, position)).toBe(frame);
          expect(positionOf(range, frame)).toBe(position);
        }
        expect(frameAt(range, all.length)).toBeUndefined();
        expect(frameAt(range, -1)).toBeUndefined();
      }),
    );
  });

  test.each<[string, readonly (number | undefined)[]]>([
    ['1-9x2', [undefined, 0, undefined, 1, undefined]],
    ['9-1y3', [undefined, 5, 4, undefined, 3]],
    ['1-10x3,1-10', [undefined, 0, 4, 5, 1]],
  ])('positions of 0 to 4 in %s', (text, expected) => {
    expect([0, 1, 2, 3, 4].map((frame) => positionOf(parse(text), frame))).toEqual(expected);
  });

  test('the frames of a pattern by position', () => {
    expect([-1, 0, 3, 5, 6].map((position) => frameAt(parse('1-9y3'), position))).toEqual([
      undefined,
      2,
      6,
      9,
      undefined,
    ]);
    expect(list(fromFrames([3, 1, 3]))).toEqual([3, 1]);
    expect(list(sortFrames(parse('1-10x3,2-12x5')))).toEqual([1, 2, 4, 7, 10, 12]);
  });

  test('frames that it does not hold have no position', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: -50, max: 200 }), (range, frame) => {
        const position = list(range).indexOf(frame);
        expect(positionOf(range, frame)).toBe(position < 0 ? undefined : position);
      }),
    );
  });

  test('a slice is the same run of the list', () => {
    fc.assert(
      fc.property(ranges, fc.nat(300), fc.nat(300), (range, position, count) => {
        expect(list(sliceFrames(range, position, count))).toEqual(
          list(range).slice(position, position + count),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('slices of a pattern stay short', () => {
    const range = parse('1-10000000y3');
    expect(sliceFrames(range, 1, 5_000_000).length).toBeLessThan(4);
    expect(list(sliceFrames(range, 4_000_001, 4))).toEqual([6_000_003, 6_000_005, 6_000_006, 6_000_008]);
    expect(list(sliceFrames(range, -5, 7))).toEqual([2, 3]);
    expect(sliceFrames(range, 7_000_000, 2)).toEqual([]);
  });

  test('ranges are put one behind the other', () => {
    expect(concatFrames(parse('1-3'), parse('4-6'), parse('8'))).toEqual([
      { start: 1, step: 1, count: 6 },
      { start: 8, step: 1, count: 1 },
    ]);
    expect(concatFrames(parse('9'), parse('7'), parse('5-3'), parse('10-40y3'), parse('50,60'))).toEqual([
      { start: 9, step: -2, count: 2 },
      { start: 5, step: -1, count: 3 },
      { start: 10, step: 3, count: 10, block: [{ start: 1, step: 1, count: 2 }] },
      { start: 50, step: 10, count: 2 },
    ]);
  });
});

describe('from single frames', () => {
  test('keeps the order, drops repeats, and compacts', () => {
    fc.assert(
      fc.property(frames, (given) => {
        expect(list(fromFrames(given))).toEqual([...new Set(given)]);
      }),
    );
    expect(fromFrames([1, 2, 3, 4, 10, 8, 6, 5])).toEqual([
      { start: 1, step: 1, count: 4 },
      { start: 10, step: -2, count: 3 },
      { start: 5, step: 1, count: 1 },
    ]);
  });

  test('-0 is the frame 0', () => {
    expect(list(fromFrames([-0]))).toEqual([0]);
  });

  test.each([1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('refuses %s', (frame) => {
    expect(() => fromFrames([1, frame])).toThrow(
      expect.objectContaining({ code: 'INVALID_FRAME_RANGE', details: { frame } }),
    );
  });

  test('refuses to collect without end', () => {
    const endless = function* (): Generator<number> {
      for (let frame = 0; ; frame += 1) yield frame;
    };
    expect(() => fromFrames(endless())).toThrow('give them as ranges');
  });
});

describe('sorting', () => {
  test('gives the same frames in increasing order', () => {
    fc.assert(
      fc.property(ranges, (range) => {
        expect(list(sortFrames(range))).toEqual(list(range).toSorted((a, b) => a - b));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['1-10000000:10', [{ start: 1, step: 1, count: 10_000_000 }]],
    ['10000000-1:12', [{ start: 1, step: 1, count: 10_000_000 }]],
    ['3-10000000x30,13-10000000x30,23-10000000x30', [{ start: 3, step: 10, count: 1_000_000 }]],
    [
      '5-10000004:7,20000000-20000001,1,4',
      [
        { start: 1, step: 3, count: 2 },
        { start: 5, step: 1, count: 10_000_000 },
        { start: 20_000_000, step: 1, count: 2 },
      ],
    ],
  ])('%s becomes few runs', (text, expected) => {
    expect(sortFrames(parse(text))).toEqual(expected);
  });

  test('patterns that lie in between each other become one pattern', () => {
    const range = parse('1-8000000y4,8000000-1x8');
    const sorted = sortFrames(range);
    expect(sorted.length).toBeLessThan(5);
    expect(countFrames(sorted)).toBe(countFrames(range));
    expect(list(sliceFrames(sorted, 0, 9))).toEqual([2, 3, 4, 6, 7, 8, 10, 11, 12]);
    const end = countFrames(sorted) - 3;
    expect(list(sliceFrames(sorted, end, 3))).toEqual([7_999_998, 7_999_999, 8_000_000]);
  });

  test('a pattern of scattered frames is sorted too', () => {
    const range = parse('1-9000000x2,1-9000000x3,9000000-1y5');
    const sorted = sortFrames(range);
    expect(sorted.length).toBeLessThan(8);
    expect(countFrames(sorted)).toBe(countFrames(range));
    const expected = [];
    for (let frame = 1; expected.length < 60; frame += 1) {
      if (frame % 2 === 1 || frame % 3 === 1 || frame % 5 !== 0) expected.push(frame);
    }
    expect(list(sliceFrames(sorted, 0, 60))).toEqual(expected);
  });

  test('refuses what would need millions of numbers', () => {
    const steps = [101, 103, 107, 109, 113, 127, 131, 137, 139, 149];
    expect(() =>
      sortFrames(steps.flatMap((step, index) => [{ start: index, step, count: 1_000_000 }])),
    ).toThrow('too scattered to be sorted');
  });
});
