import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkScenePath } from '#worker/scenes/scene-path.ts';
import { makeCache } from './rig.ts';

describe('paths', () => {
  test.each([
    '/etc/passwd',
    '../outside',
    'tex/../../outside',
    'tex/..',
    './a.blend',
    'tex//a',
    'tex/',
    '',
    '.',
    'C:/windows',
    'tex\\a',
    'a\u0000b',
    'a\nb',
    'x'.repeat(256),
    'x/'.repeat(600),
  ])('%j is refused', async (path) => {
    const { cache, scene, control } = await makeCache();
    const order = scene('s', { 'a.blend': 'scene', [path]: 'x' });
    await expect(cache.hold(order)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(control.requests).toEqual([]);
  });

  test.each(['a.blend', 'tex/wood #1 100%.png', '日本語/ä.exr', '..a', 'a..', '...', 'tex/.hidden'])(
    '%j is taken as it is',
    (path) => expect(checkScenePath(path)).toBe(path),
  );

  test('whatever is accepted stays within the folder', () => {
    const names = fc.constantFrom('..', '.', '', 'a', 'b c', '/', '\\', 'C:', '\u0000', '…');
    fc.assert(
      fc.property(fc.array(names, { maxLength: 6 }), fc.constantFrom('/', ''), (parts, separator) => {
        const path = parts.join(separator);
        let accepted = true;
        try {
          checkScenePath(path);
        } catch {
          accepted = false;
        }
        if (accepted) expect(join('/root/scene', path)).toBe(`/root/scene/${path}`);
      }),
    );
  });

  test.each([
    [{ main: 'b.blend' }, /"b.blend" is not among/],
    [{ id: '../s' }, /no plain name/],
    [{ id: '' }, /no plain name/],
  ])('an order with %j is refused', async (change, message) => {
    const { cache, scene } = await makeCache();
    const order = { ...scene('s', { 'a.blend': 'scene' }), ...change };
    await expect(cache.hold(order)).rejects.toThrow(message);
  });

  test('a file that is another file’s folder, or is listed twice, is refused', async () => {
    const { cache, scene, control } = await makeCache();
    await expect(cache.hold(scene('s', { a: '1', 'a/b/c': '2' }))).rejects.toThrow(
      /"a" and "a\/b\/c" cannot both/,
    );
    const file = control.addAsset('a', '1');
    await expect(cache.hold({ id: 's', main: 'a', files: [file, file] })).rejects.toThrow(/twice/);
    const bad = { ...file, sha256: '../../../etc/passwd' };
    await expect(cache.hold({ id: 's', main: 'a', files: [bad] })).rejects.toThrow(/has no SHA-256/);
  });
});
