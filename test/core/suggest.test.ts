import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, suggest } from '#shared/core/suggest.ts';

const SETTINGS = ['frames', 'resolution', 'viewLayer', 'samples', 'sampleSubsets', 'gpuMemory'];

describe('suggest', () => {
  test.each([
    ['resolutoin', 'resolution'],
    ['view-layer', 'viewLayer'],
    ['VIEW_LAYER', 'viewLayer'],
    ['frame', 'frames'],
    ['sample', 'samples'],
    ['gpuMem', undefined],
    ['zzz', undefined],
    ['', undefined],
    ['x'.repeat(1_000_000), undefined],
  ])('%.40s -> %s', (word, expected) => {
    expect(suggest(word, SETTINGS)).toBe(expected);
  });

  test('nothing known, nothing suggested', () => expect(suggest('frames', [])).toBeUndefined());
});

describe('editDistance', () => {
  test.each([
    ['', '', 0],
    ['abc', '', 3],
    ['', 'abc', 3],
    ['ab', 'ba', 1],
    ['abcd', 'acbd', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%s / %s = %i', (a, b, distance) => expect(editDistance(a, b)).toBe(distance));

  const word = fc.string({ maxLength: 12 });
  test('is symmetric, zero only for equal words, at most the longer length', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });

  test('one change is a distance of one at most', () => {
    fc.assert(
      fc.property(word, fc.nat(12), fc.string({ maxLength: 1 }), (base, at, inserted) => {
        const changed = base.slice(0, at) + inserted + base.slice(at);
        expect(editDistance(base, changed)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
