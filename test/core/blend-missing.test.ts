import { describe, expect, test } from 'vitest';
import { type FilesAtHand, missingReferences } from '#shared/core/blend/missing.ts';
import { isNewerThan, refuseNewer } from '#shared/core/blend/newer.ts';
import { presentFiles } from '#shared/core/blend/present.ts';
import type { SceneReference } from '#shared/core/scene-facts.ts';

const SCENE = 'film/sq01/sh010/shot_v003.blend';

const holding = (...paths: readonly string[]): FilesAtHand => {
  const below = (folder: string): string[] => {
    const start = folder === '' ? '' : `${folder}/`;
    return paths.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
  };
  return {
    has: (path) => paths.includes(path),
    names: (folder) => below(folder).filter((path) => !path.includes('/')),
    below,
  };
};

const reference = (path: string, more: Partial<SceneReference> = {}): SceneReference => ({
  kind: 'image',
  path,
  user: 'Wood',
  packed: false,
  ...more,
});

const expectedOf = (one: SceneReference, files: FilesAtHand, scene = SCENE) =>
  missingReferences({ references: [one] }, scene, files).flatMap(({ expected }) => expected);

test.each<[string, string, string, string]>([
  ['beside the scene', '//wood.png', SCENE, 'film/sq01/sh010/wood.png'],
  ['in a folder', '//tex/./wood.png', SCENE, 'film/sq01/sh010/tex/wood.png'],
  ['in another shot', '//../sh020/wood.png', SCENE, 'film/sq01/sh020/wood.png'],
  ['at the top', '//../../../wood.png', SCENE, 'wood.png'],
  ['without //', 'wood.png', SCENE, 'film/sq01/sh010/wood.png'],
  ['of a scene at the top', '//wood.png', 'shot.blend', 'wood.png'],
  ['of a scene with an absolute place', '//../wood.png', '/home/me/shot.blend', '/home/wood.png'],
  ['above the root', '//../../../wood.png', '/home/shot.blend', '/wood.png'],
  ['of a scene on Windows', '//tex/wood.png', 'C:\\shots\\shot.blend', 'C:/shots/tex/wood.png'],
  ['absolute', '/mnt/wood.png', SCENE, '/mnt/wood.png'],
  ['absolute on Windows', 'D:/wood.png', SCENE, 'D:/wood.png'],
])('%s', (_name, path, scene, place) => {
  expect(expectedOf(reference(path), holding(), scene)).toEqual([place]);
  expect(expectedOf(reference(path), holding(place), scene)).toEqual([]);
  expect(expectedOf(reference(path, { packed: true }), holding(), scene)).toEqual([]);
});

test('outside of the inbox nothing is ever there', () => {
  const files: FilesAtHand = { has: () => true, names: () => ['a'], below: () => ['a'] };
  expect(expectedOf(reference('//../../../../wood.png'), files)).toEqual(['../wood.png']);
  expect(expectedOf(reference('//..'), files, 'shot.blend')).toEqual(['..']);
});

test.each([
  ['//wood.png', 'image of "Wood" is missing: expected at film/sq01/sh010/wood.png'],
  ['/mnt/wood.png', 'image of "Wood" is missing: absolute path, expected at /mnt/wood.png'],
  ['//../../../../a', 'image of "Wood" is missing: outside of the inbox, expected at ../a'],
])('%s is told in words', (path, message) => {
  const one = reference(path);
  expect(missingReferences({ references: [one] }, SCENE, holding())).toMatchObject([
    { reference: one, message },
  ]);
});

describe('a sequence', () => {
  const frames = reference('//seq/a_v2_0001.png', { kind: 'image-sequence', spread: 'sequence' });

  test.each([['a_v2_0117.png'], ['a_v2_0001.png'], ['a_v2_10000.png']])('is there with %s', (name) => {
    expect(expectedOf(frames, holding(`film/sq01/sh010/seq/${name}`))).toEqual([]);
  });

  test.each([['a_v3_0001.png'], ['a_v2_0001.jpg'], ['a_v2_.png'], ['a_v2_x1.png'], ['b.png']])(
    'is not there with %s',
    (name) => {
      expect(expectedOf(frames, holding(`film/sq01/sh010/seq/${name}`))).toEqual([
        'film/sq01/sh010/seq/a_v2_####.png',
      ]);
    },
  );

  test('at the top of everything', () => {
    const top = { ...frames, path: '//a1.png' };
    expect(expectedOf(top, holding('a7.png'), 'shot.blend')).toEqual([]);
    expect(expectedOf(top, holding(), 'shot.blend')).toEqual(['a#.png']);
  });

  test('of a hostile name takes no time', () => {
    const name = `${'1'.repeat(200_000)}x${'1'.repeat(200_000)}x`;
    expect(expectedOf({ ...frames, path: `//${name}` }, holding('a'), 'shot.blend')).toHaveLength(1);
  });

  test('without digits is a file', () => {
    const still = { ...frames, path: '//a.png' };
    expect(expectedOf(still, holding('a.png'), 'shot.blend')).toEqual([]);
    expect(expectedOf(still, holding(), 'shot.blend')).toEqual(['a.png']);
  });
});

describe('tiles', () => {
  const tiled = (path: string, tiles?: number[]) =>
    reference(path, { kind: 'udim', spread: 'tiles', ...(tiles ? { tiles } : {}) });

  test.each([
    ['//a.<UDIM>.png', ['a.1001.png', 'a.1012.png']],
    ['//a_<UVTILE>.png', ['a_u1_v1.png', 'a_u2_v2.png']],
    ['//1001/a.1001.png', ['1001/a.1001.png', '1001/a.1012.png']],
  ])('%s', (path, names) => {
    const one = tiled(path, [1001, 1012, 1012]);
    expect(expectedOf(one, holding(), 'shot.blend')).toEqual(names);
    expect(expectedOf(one, holding(names[0]!), 'shot.blend')).toEqual(names.slice(1));
    expect(expectedOf(one, holding(...names), 'shot.blend')).toEqual([]);
  });

  test('that nobody counted need nothing', () => {
    expect(expectedOf(tiled('//a.<UDIM>.png'), holding())).toEqual([]);
  });
});

test('a folder needs something in it, and knows the name of the scene', () => {
  const bake = reference('//blendcache_<SCENE>', { kind: 'cache', spread: 'folder' });
  const folder = 'film/sq01/sh010/blendcache_shot_v003';
  expect(expectedOf(bake, holding(`${folder}/cloth_000001_00.bphys`))).toEqual([]);
  expect(expectedOf(bake, holding())).toEqual([`${folder}/`]);
});

describe('what is there, and goes with the scene', () => {
  const at = (one: SceneReference, ...files: readonly string[]) =>
    presentFiles({ references: [one] }, 'sh010/shot.blend', holding(...files)).flatMap(
      (found) => found.files,
    );

  test.each<[string, SceneReference, readonly string[]]>([
    ['a file', reference('//wood.png'), ['sh010/wood.png']],
    [
      'all frames',
      reference('//seq/a_01.png', { spread: 'sequence' }),
      ['sh010/seq/a_01.png', 'sh010/seq/a_007.png'],
    ],
    ['a sequence of one', reference('//seq/a.png', { spread: 'sequence' }), ['sh010/seq/a.png']],
    [
      'all tiles',
      reference('//a.<UDIM>.png', { spread: 'tiles', tiles: [1001, 1002] }),
      ['sh010/a.1001.png', 'sh010/a.1002.png'],
    ],
    ['a folder', reference('//bake', { spread: 'folder' }), ['sh010/bake/1.vdb', 'sh010/bake/data/2.vdb']],
  ])('%s', (_name, one, files) => {
    expect(at(one, ...files, 'sh010/other.txt')).toEqual(files);
    expect(at(one, 'sh010/other.txt')).toEqual([]);
    expect(at({ ...one, packed: true }, ...files)).toEqual([]);
  });

  test('not tiles that nobody counted, nor what lies elsewhere', () => {
    expect(at(reference('//a.<UDIM>.png', { spread: 'tiles' }), 'sh010/a.1001.png')).toEqual([]);
    expect(at(reference('/mnt/wood.png'), '/mnt/wood.png')).toEqual([]);
    expect(at(reference('//../../wood.png'), '../wood.png')).toEqual([]);
  });
});

describe('a scene and a Blender', () => {
  const facts = (major: number, minor: number) => ({ savedBy: { major, minor } });

  test.each([
    [3, 4, false],
    [3, 3, false],
    [2, 93, false],
    [3, 6, true],
    [4, 0, true],
    [5, 1, true],
  ])('%d.%d against 3.4.1: newer is %s', (major, minor, expected) => {
    expect(isNewerThan(facts(major, minor), [3, 4, 1])).toBe(expected);
  });

  test('refused when newer, with both versions and the ways out', () => {
    expect(() => refuseNewer(facts(3, 4), [3, 4, 1])).not.toThrow();
    let told: unknown;
    try {
      refuseNewer(facts(4, 5), [3, 4, 1]);
    } catch (error) {
      told = error;
    }
    expect(told).toMatchObject({
      code: 'UNSUPPORTED_SCENE',
      message: expect.stringMatching(/4\.5.*3\.4\.1.*4\.5 or newer.*3\.4/),
      details: { savedBy: '4.5', blender: '3.4.1' },
    });
  });
});
