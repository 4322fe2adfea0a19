import { describe, expect, test } from 'vitest';
import { type CheckedFrame, checkFrames } from '#shared/core/frame-checks.ts';

const frame = (number: number, more: Partial<CheckedFrame> = {}): CheckedFrame => ({
  frame: number,
  part: 0,
  pixels: `p${number}`,
  seconds: 10,
  ...more,
});
const codes = (frames: readonly CheckedFrame[], animated = true) =>
  checkFrames(frames, { animated }).map((remark) => `${remark.frame}.${remark.part} ${remark.code}`);

describe('checkFrames', () => {
  test.each<[string, CheckedFrame[], string[]]>([
    ['nothing about good frames', [frame(1), frame(2), frame(3)], []],
    ['names the same picture twice', [frame(1), frame(2, { pixels: 'p1' })], ['2.0 IDENTICAL_FRAMES']],
    ['compares parts with the same part only', [frame(1), frame(1, { part: 1, pixels: 'p1' })], []],
    [
      'finds twins in every part',
      [frame(1, { part: 1 }), frame(2, { part: 1, pixels: 'p1' })],
      ['2.1 IDENTICAL_FRAMES'],
    ],
    [
      'names a black frame among pictures',
      [frame(1), frame(2, { blank: 'black' }), frame(3)],
      ['2.0 BLACK_FRAME'],
    ],
    [
      'names a transparent frame at the end',
      [frame(1), frame(2, { blank: 'transparent' })],
      ['2.0 TRANSPARENT_FRAME'],
    ],
    [
      'lets a shot be black for a while',
      [frame(1), frame(2, { blank: 'black' }), frame(3, { blank: 'black' }), frame(4)],
      [],
    ],
    ['knows nothing of a lone frame', [frame(1, { blank: 'black' })], []],
    [
      'names a frame far too fast',
      [1, 2, 3, 4, 5].map((n) => frame(n, { seconds: n === 4 ? 0.1 : 10 })),
      ['4.0 TOO_FAST'],
    ],
    [
      'does not judge the speed of few frames',
      [1, 2, 3, 4].map((n) => frame(n, { seconds: n === 4 ? 0.1 : 10 })),
      [],
    ],
    [
      'does not judge the speed of light scenes',
      [1, 2, 3, 4, 5].map((n) => frame(n, { seconds: n === 4 ? 0.001 : 0.9 })),
      [],
    ],
  ])('says %s', (_, frames, expected) => {
    expect(codes(frames)).toEqual(expected);
  });

  test('a still scene may have the same picture, blank or not, all along', () => {
    const still = [frame(1), frame(2, { pixels: 'p1' }), frame(3, { blank: 'black' })];
    expect(codes(still, false)).toEqual([]);
  });

  test('says which frames and what', () => {
    const frames = [frame(7), frame(8, { pixels: 'p7', blank: 'black' }), frame(9)];
    expect(checkFrames(frames, { animated: true }).map(({ message }) => message)).toEqual([
      'Frame 8 has exactly the pixels of frame 7, although the scene is animated.',
      'Frame 8 is black all over, unlike 7 and 9 beside it.',
    ]);
    const slow = [1, 2, 3, 4, 5].map((n) => frame(n, { seconds: n === 5 ? 0.25 : 12 }));
    expect(checkFrames(slow, { animated: false })[0]?.message).toBe(
      'Frame 5 took 0.25 s where others take 12.0 s.',
    );
  });
});
