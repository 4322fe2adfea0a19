import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countFrames, type FrameRange, framesOf } from '#shared/core/frame-range.ts';
import { chunkFrames, splitFrames } from '#shared/core/frame-range-chunks.ts';
import { formatFileseq, parseFrames } from '#shared/core/frame-range-text.ts';
import { fileseq } from './frame-expressions.ts';

const ranges = fileseq.map((text) => parseFrames(text, 'fileseq'));
const sizes = fc.integer({ min: 1, max: 50 });
const list = (range: FrameRange): readonly number[] => [...framesOf(range)];

const CUTS: readonly (readonly [string, (range: FrameRange, size: number) => Iterable<FrameRange>])[] = [
  ['split', splitFrames],
  ['contiguous', (range, size) => chunkFrames(range, size, { contiguous: true })],
  ['noncontiguous', (range, size) => chunkFrames(range, size, { contiguous: false })],
];

describe.each(CUTS)('%s', (_, cut) => {
  test('partitions the range exactly, in order, into pieces of at most the size', () => {
    fc.assert(
      fc.property(ranges, sizes, (range, size) => {
        const pieces = [...cut(range, size)].map(list);
        expect(pieces.flat()).toEqual(list(range));
        for (const piece of pieces) {
          expect(piece.length).toBeGreaterThan(0);
          expect(piece.length).toBeLessThanOrEqual(size);
        }
      }),
    );
  });

  test('starts at once on any length', () => {
    const [first] = cut(parseFrames('1-9000000000000000', 'fileseq'), 1000);
    expect(countFrames(first!)).toBeGreaterThan(990);
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses %s frames at a time', (size) => {
    expect(() => [...cut(parseFrames('1-10', 'fileseq'), size)]).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    );
  });
});

test('chunks are as few and as even as possible', () => {
  fc.assert(
    fc.property(ranges, sizes, (range, size) => {
      const lengths = [...chunkFrames(range, size, { contiguous: false })].map(countFrames);
      expect(lengths.length).toBe(Math.ceil(countFrames(range) / size));
      if (lengths.length > 0) expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
      expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
    }),
  );
});

test('contiguous chunks hold consecutive frames, and the longer ones stand where the formula says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), sizes, (count, size) => {
      const lengths = [...chunkFrames(parseFrames(`1-${count}`, 'fileseq'), size, { contiguous: true })].map(
        countFrames,
      );
      const chunks = Math.ceil(count / size);
      const expected = Array.from({ length: chunks }, () => Math.floor(count / chunks));
      const left = count % chunks;
      for (let index = 0; index < left; index += 1) expected[Math.floor((index * chunks) / left)]! += 1;
      expect(lengths).toEqual(expected);
    }),
  );
});

test.each([
  ['1-10,5-20x3,40', 4, ['1-4', '5-8', '9-11', '14', '17', '20', '40']],
  ['3-1', 2, ['3', '2', '1']],
  ['1,2,3-5', 9, ['1-5']],
  ['', 9, []],
])('contiguous chunks of %s by %i', (text, size, expected) => {
  const chunks = [...chunkFrames(parseFrames(text, 'fileseq'), size, { contiguous: true })];
  expect(chunks.map(formatFileseq)).toEqual(expected);
});
