import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { countFrames, frameAt, framesOf } from '#shared/core/frame-range.ts';
import { chunkFrames } from '#shared/core/frame-range-chunks.ts';
import type { Dialect } from '#shared/core/frame-range-dialects.ts';
import { formatFileseq, formatFrames, parseFrames } from '#shared/core/frame-range-text.ts';

/** What the reference libraries say, written by golden/make-frame-ranges.py; FRAME_RANGES names another run of it. */
const golden: {
  readonly fileseq: readonly { readonly text: string; readonly frames: readonly number[] | null }[];
  readonly openjd: readonly {
    readonly text: string;
    readonly frames: readonly number[] | null;
    readonly canonical?: string;
    readonly refused?: string;
  }[];
  readonly chunks: readonly {
    readonly text: string;
    readonly size: number;
    readonly contiguous: readonly string[];
    readonly noncontiguous: readonly string[];
  }[];
} = JSON.parse(
  readFileSync(process.env.FRAME_RANGES ?? new URL('golden/frame-ranges.json', import.meta.url), 'utf8'),
);

const said = (text: string, dialect: Dialect): readonly number[] | null => {
  try {
    return [...framesOf(parseFrames(text, dialect))];
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_FRAME_RANGE' });
    return null;
  }
};

describe('the frames of the reference libraries', () => {
  test('FileSeq 3.4.0 for Python', () => {
    for (const { text, frames } of golden.fileseq)
      expect([text, said(text, 'fileseq')]).toEqual([text, frames]);
  });

  test('openjd-model 0.14.0, in Python and in Rust', () => {
    for (const { text, frames, refused } of golden.openjd) {
      expect([text, said(text, 'openjd')]).toEqual([text, refused ? null : frames]);
    }
  });

  test('the canonical text of Open Job Description', () => {
    for (const { text, canonical, refused } of golden.openjd) {
      if (canonical && !refused)
        expect([text, formatFrames(parseFrames(text, 'openjd'))]).toEqual([text, canonical]);
    }
  });

  test('chunks of CHUNK[INT] parameters', () => {
    for (const { text, size, contiguous, noncontiguous } of golden.chunks) {
      const range = parseFrames(text, 'openjd');
      const consecutive = [...chunkFrames(range, size, { contiguous: true })].map(
        (chunk) => `${frameAt(chunk, 0)}-${frameAt(chunk, countFrames(chunk) - 1)}`,
      );
      expect([text, size, consecutive]).toEqual([text, size, contiguous]);
      const any = [...chunkFrames(range, size, { contiguous: false })].map(formatFrames);
      expect([text, size, any]).toEqual([text, size, noncontiguous]);
    }
  });
});

test('FileSeq texts of FileSeq ranges mean the same frames', () => {
  for (const { text, frames } of golden.fileseq) {
    if (frames) expect(said(formatFileseq(parseFrames(text, 'fileseq')), 'fileseq')).toEqual(frames);
  }
});
