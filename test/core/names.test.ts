import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deliverableBase, frameFileName, safeFileName, utf8Length } from '#shared/core/names.ts';

describe('safeFileName', () => {
  test.each([
    ['sh010', 'sh010'],
    ['my shot #1 100% ü', 'my shot #1 100% ü'],
    ['a/b\\c:d*e?f"g<h>i|j\0k', 'a_b_c_d_e_f_g_h_i_j_k'],
    ['..', 'shot'],
    ['...hidden. ', 'hidden'],
    ['', 'shot'],
    ['\ud800x', '\ufffdx'],
    ['x'.repeat(300), 'x'.repeat(180)],
  ])('%j -> %j', (text, expected) => expect(safeFileName(text)).toBe(expected));

  test('any text becomes one short name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const name = safeFileName(text);
        expect(name).not.toMatch(/[/\\]/);
        expect(name).not.toMatch(/^\./);
        expect(name.length).toBeGreaterThan(0);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(180);
      }),
    );
  });
});

test('utf8Length counts as an encoder does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    }),
  );
});

describe('names of deliverables', () => {
  test.each([
    ['film/sq01/sh010', 3, 'sh010_v003'],
    ['sh010', 1234, 'sh010_v1234'],
    ['film/sq01/a:b', 1, 'a_b_v001'],
  ])('%s version %i', (shot, version, expected) => expect(deliverableBase(shot, version)).toBe(expected));

  test.each([
    [1, 'sh_v001.0001.png'],
    [12345, 'sh_v001.12345.png'],
    [-7, 'sh_v001.-0007.png'],
    [0, 'sh_v001.0000.png'],
  ])('frame %i', (frame, expected) => expect(frameFileName('sh_v001', frame, '.png')).toBe(expected));
});
