import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FramesOptions, framesJson, framesText, readFrames, writeText } from '#cli/frames-output.ts';
import { countFrames } from '#shared/core/frame-range.ts';

const text = (input: string, options: FramesOptions): string =>
  [...framesText(readFrames(input, options.dialect), options)].join('');
const json = (input: string, options: FramesOptions): unknown => {
  const line = [...framesJson(input, readFrames(input, options.dialect), options)].join('');
  expect(line.indexOf('\n')).toBe(line.length - 1);
  return JSON.parse(line);
};

describe('chunks are written in the notation of their dialect', () => {
  test.each<[string, FramesOptions, readonly string[]]>([
    ['1-10', { dialect: 'openjd', chunk: 3 }, ['1-3', '4-6', '7,8', '9,10']],
    ['1-10', { dialect: 'openjd', chunk: 3, contiguous: true }, ['1-3', '4-5', '6-8', '9-10']],
    ['5,7-8', { dialect: 'openjd', chunk: 9, contiguous: true }, ['5-5', '7-8']],
    ['1-10:2,12', { dialect: 'openjd', chunk: 3 }, ['1-5:2', '7,9,12']],
    ['1-10:4', { dialect: 'fileseq', chunk: 4 }, ['1-9x4,4', '7,10,3-2', '6,8']],
    ['10-1x-3', { dialect: 'opencue', chunk: 3 }, ['10-4x3', '1']],
    ['5,7-8', { dialect: 'fileseq', chunk: 9, contiguous: true }, ['5', '7-8']],
    ['', { dialect: 'fileseq', chunk: 2 }, []],
  ])('%j %j', (input, options, expected) => {
    expect(text(input, options)).toBe(`${expected.join('\n')}\n`);
    expect(json(input, options)).toMatchObject({ input, chunks: expected });
  });
});

test('the line of JSON holds any input, whatever it is made of', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(' ', '\t', '"', '#', '@', '1', ',') }), (input) => {
      let range: ReturnType<typeof readFrames>;
      try {
        range = readFrames(input.replaceAll('"', ''), 'fileseq');
      } catch {
        return;
      }
      const line = JSON.parse([...framesJson(input, range, { dialect: 'fileseq' })].join(''));
      expect(line.input).toBe(input);
      expect(line.frames).toHaveLength(countFrames(range));
    }),
  );
});

test('more than ten million frames are refused before any is printed', () => {
  expect(countFrames(readFrames('1-10000000', 'fileseq'))).toBe(10_000_000);
  expect(() => readFrames('0-10000000', 'fileseq')).toThrow(
    expect.objectContaining({
      code: 'INVALID_FRAME_RANGE',
      message: expect.stringContaining('at most 10000000'),
    }),
  );
});

test('is written at the pace of the reader, and never lies in memory as a whole', async () => {
  const output = new PassThrough({ highWaterMark: 1024 });
  let largest = 0;
  let length = 0;
  const read = (async () => {
    for await (const piece of output) {
      largest = Math.max(largest, piece.length);
      length += piece.length;
    }
  })();
  await writeText(output, framesJson('1-200000', readFrames('1-200000', 'fileseq'), { dialect: 'fileseq' }));
  output.end();
  await read;
  expect(length).toBe('{"input":"1-200000","frames":[]}\n'.length + 1_088_895 + 199_999);
  expect(largest).toBeLessThan(70_000);
});
