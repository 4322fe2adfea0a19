import { expect, test } from 'vitest';
import { frameSize } from '#shared/core/frame-size.ts';

const facts = { width: 641, height: 359, percent: 50 };

test.each([
  ['as the scene says', undefined, { width: 320, height: 179 }],
  ['another percentage', { percent: 33 }, { width: 211, height: 118 }],
  ['a size of its own', { width: 99, height: 7 }, { width: 99, height: 7 }],
])('%s', (_, resolution, size) => expect(frameSize(facts, resolution)).toEqual(size));
