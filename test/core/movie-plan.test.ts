import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MovieSegment, planMovie } from '#shared/core/movie-plan.ts';

const segment = (attempt: string, ...frames: number[]): MovieSegment => ({
  key: `${attempt}/segment.mp4`,
  attempt,
  frames,
});
const winnersOf = (entries: Record<number, string>) =>
  new Map(Object.entries(entries).map(([frame, attempt]) => [Number(frame), attempt]));
/** `S1-3` for a segment, `E4 5!` for frames to encode, `!` for a missing one. */
const brief = (request: Parameters<typeof planMovie>[0]): string[] =>
  planMovie(request).map((piece) =>
    piece.kind === 'segment'
      ? `S${piece.segment.frames.join(' ')}`
      : `E${piece.frames.map(({ frame, missing }) => `${frame}${missing ? '!' : ''}`).join(' ')}`,
  );

describe('planMovie', () => {
  test.each([
    [
      'takes segments that follow each other',
      [1, 2, 3, 4],
      { 1: 'a', 2: 'a', 3: 'b', 4: 'b' },
      [segment('b', 3, 4), segment('a', 1, 2)],
      ['S1 2', 'S3 4'],
    ],
    [
      'encodes what no segment shows',
      [1, 2, 3],
      { 1: 'a', 2: 'b', 3: 'a' },
      [segment('b', 2)],
      ['E1', 'S2', 'E3'],
    ],
    ['slates what is missing, beside what is encoded', [1, 2, 3], { 1: 'a', 3: 'a' }, [], ['E1 2! 3']],
    [
      'slates between segments',
      [1, 2, 3],
      { 1: 'a', 3: 'b' },
      [segment('a', 1), segment('b', 3)],
      ['S1', 'E2!', 'S3'],
    ],
    [
      'takes a segment with steps when the render has them',
      [1, 3, 5],
      { 1: 'a', 3: 'a', 5: 'a' },
      [segment('a', 1, 3, 5)],
      ['S1 3 5'],
    ],
    [
      'leaves a segment with a hole in it',
      [1, 2, 3],
      { 1: 'a', 2: 'b', 3: 'a' },
      [segment('a', 1, 3)],
      ['E1 2 3'],
    ],
    ['leaves a segment of a loser', [1, 2], { 1: 'a', 2: 'b' }, [segment('a', 1, 2)], ['E1 2']],
    ['leaves a segment with a frame that is missing', [1, 2], { 1: 'a' }, [segment('a', 1, 2)], ['E1 2!']],
    [
      'leaves a segment with a frame that nobody wants',
      [1, 2],
      { 1: 'a', 2: 'a' },
      [segment('a', 0, 1, 2)],
      ['E1 2'],
    ],
    ['leaves an empty segment', [1], { 1: 'a' }, [segment('a')], ['E1']],
    [
      'prefers the longer of two',
      [1, 2],
      { 1: 'a', 2: 'a' },
      [segment('a', 1), segment('a', 1, 2), segment('a', 1)],
      ['S1 2'],
    ],
    [
      'leaves one that overlaps one already taken',
      [1, 2, 3],
      { 1: 'a', 2: 'a', 3: 'a' },
      [segment('a', 1, 2), segment('a', 2, 3)],
      ['S1 2', 'E3'],
    ],
    ['takes negative frames', [-2, -1], { [-2]: 'a', [-1]: 'a' }, [segment('a', -2, -1)], ['S-2 -1']],
    ['makes nothing of nothing', [], {}, [segment('a', 1)], []],
  ])('%s', (_, wanted, winners, segments, pieces) => {
    expect(brief({ wanted, winners: winnersOf(winners), segments })).toEqual(pieces);
  });

  test('refuses frames out of order or twice', () => {
    for (const wanted of [
      [2, 1],
      [1, 1],
    ]) {
      expect(() => planMovie({ wanted, winners: new Map(), segments: [] })).toThrow('increasing order');
    }
  });

  test('shows every wanted frame once and in order, and only frames of the attempt that won', () => {
    const attempts = fc.constantFrom('a', 'b', 'c');
    const request = fc.record({
      wanted: fc.uniqueArray(fc.integer({ min: -20, max: 20 })).map((frames) => frames.sort((a, b) => a - b)),
      winners: fc
        .array(fc.tuple(fc.integer({ min: -20, max: 20 }), attempts))
        .map((entries) => new Map(entries)),
      segments: fc.array(
        fc.record({
          key: fc.string(),
          attempt: attempts,
          frames: fc
            .uniqueArray(fc.integer({ min: -20, max: 20 }), { maxLength: 5 })
            .map((frames) => frames.sort((a, b) => a - b)),
        }),
      ),
    });
    fc.assert(
      fc.property(request, ({ wanted, winners, segments }) => {
        const shown = planMovie({ wanted, winners, segments }).flatMap((piece) =>
          piece.kind === 'segment'
            ? piece.segment.frames.map((frame) => ({
                frame,
                right: winners.get(frame) === piece.segment.attempt,
              }))
            : piece.frames.map(({ frame, missing }) => ({ frame, right: missing === !winners.has(frame) })),
        );
        expect(shown).toEqual(wanted.map((frame) => ({ frame, right: true })));
      }),
    );
  });
});
