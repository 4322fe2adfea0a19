import { describe, expect, test } from 'vitest';
import { data, factsOf, id, STRUCTS, scene } from './blend-samples.ts';
import { type Block, MAKES } from './blend-writer.ts';

const referencesOf = async (...blocks: Block[]) => (await factsOf([scene(), ...blocks])).references;
const unpacked = { packed: false };

describe('files of data-blocks', () => {
  test.each<[string, Block, object]>([
    [
      'image',
      id('IM', 'Image', 'Wood', { source: 1, name: '//tex\\wood.png' }),
      { kind: 'image', path: '//tex/wood.png' },
    ],
    ['movie', id('IM', 'Image', 'Wood', { source: 3, name: '//a.mp4' }), { kind: 'movie', path: '//a.mp4' }],
    [
      'image sequence',
      id('IM', 'Image', 'Wood', { source: 2, name: '//a_01.png' }),
      { kind: 'image-sequence', path: '//a_01.png', spread: 'sequence' },
    ],
    [
      'library',
      id('LI', 'Library', 'Wood', { name: '//lib.blend', filepath: '/x/lib.blend' }),
      { kind: 'library', path: '//lib.blend' },
    ],
    ['sound', id('SO', 'bSound', 'Wood', { name: '//a.wav' }), { kind: 'sound', path: '//a.wav' }],
    ['font', id('VF', 'VFont', 'Wood', { name: '//a.ttf' }), { kind: 'font', path: '//a.ttf' }],
    [
      'movie clip',
      id('MC', 'MovieClip', 'Wood', { source: 2, name: '//a.mov' }),
      { kind: 'movie', path: '//a.mov' },
    ],
    [
      'clip of images',
      id('MC', 'MovieClip', 'Wood', { source: 1, name: '//a1.png' }),
      { kind: 'image-sequence', path: '//a1.png', spread: 'sequence' },
    ],
    ['cache', id('CF', 'CacheFile', 'Wood', { filepath: '//a.abc' }), { kind: 'cache', path: '//a.abc' }],
    [
      'cache sequence',
      id('CF', 'CacheFile', 'Wood', { filepath: '//a1.abc', is_sequence: 1 }),
      { kind: 'cache', path: '//a1.abc', spread: 'sequence' },
    ],
    ['volume', id('VO', 'Volume', 'Wood', { filepath: '//a.vdb' }), { kind: 'volume', path: '//a.vdb' }],
  ])('%s', async (_name, block, expected) => {
    expect(await referencesOf(block)).toEqual([{ user: 'Wood', ...unpacked, ...expected }]);
  });

  test('packed: once, or file by file', async () => {
    const packed = await referencesOf(
      id('IM', 'Image', 'A', { source: 1, name: '//a.png', packedfile: 5n }),
      id('IM', 'Image', 'B', { source: 1, name: '//b.png', 'packedfiles.first': 5n }),
    );
    expect(packed.map((reference) => reference.packed)).toEqual([true, true]);
  });

  test('UDIM, with its tiles', async () => {
    const tiled = { source: 6, name: '//a.<UDIM>.png' };
    expect(
      await referencesOf(
        id('IM', 'Image', 'Skin', tiled),
        data('ImageTile', { tile_number: 1001 }),
        data('ImageTile', { tile_number: 1012 }),
        data('ImageTile', { tile_number: 1012 }),
        data('ImageTile', { tile_number: 1000 }),
        data('ImageTile', { tile_number: 2001 }),
        id('IM', 'Image', 'Bare', { ...tiled, name: '//b.<UDIM>.png' }),
      ),
    ).toEqual([
      {
        kind: 'udim',
        path: '//a.<UDIM>.png',
        user: 'Skin',
        packed: false,
        spread: 'tiles',
        tiles: [1001, 1012],
      },
      { kind: 'udim', path: '//b.<UDIM>.png', user: 'Bare', packed: false, spread: 'tiles', tiles: [] },
    ]);
  });

  test.each<[string, Block]>([
    ['generated images', id('IM', 'Image', 'Grid', { source: 4, name: '//a.png' })],
    ['images without a path', id('IM', 'Image', 'Empty', { source: 1 })],
    ['the font that Blender brings', id('VF', 'VFont', 'Bfont', { name: '<builtin>' })],
  ])('not %s', async (_name, block) => {
    expect(await referencesOf(block)).toEqual([]);
  });

  test('a path that fills its field to the end', async () => {
    const path = `//${'x'.repeat(62)}`;
    expect(await referencesOf(id('SO', 'bSound', 'Long', { name: path }))).toMatchObject([{ path }]);
  });

  test('no path longer than Blender keeps them, whatever the file says', async () => {
    const structs = { ...STRUCTS, bSound: ['ID id', 'char name[9000]'] };
    const long = id('SO', 'bSound', 'Long', { name: `//${'1'.repeat(8000)}` });
    const { references } = await factsOf([scene(), long], { structs });
    expect(references[0]?.path).toHaveLength(1024);
  });

  test('each file once', async () => {
    const twice = ['A', 'B'].map((name) => id('IM', 'Image', name, { source: 1, name: '//a.png' }));
    expect(await referencesOf(...twice)).toHaveLength(1);
  });

  test('of a file whose description lacks the fields', async () => {
    const structs = { ...STRUCTS, Image: ['ID id'], ImageTile: ['int pad[2]'], bSound: ['ID id'] };
    const blocks = [scene(), id('IM', 'Image', 'A'), id('SO', 'bSound', 'B')];
    expect((await factsOf(blocks, { structs })).references).toEqual([]);
    const noTile = { ...STRUCTS, ImageTile: ['int pad[2]'] };
    const tiled = [scene(), id('IM', 'Image', 'A', { source: 6, name: '//a.png' }), data('ImageTile', {})];
    expect((await factsOf(tiled, { structs: noTile })).references).toMatchObject([{ tiles: [] }]);
  });
});

describe('files of what data-blocks own', () => {
  const cube = id('OB', 'Object', 'Cube');
  test.each<[string, Block, object]>([
    [
      'mesh cache',
      data('MeshCacheModifierData', { filepath: '//a.mdd' }),
      { kind: 'cache', path: '//a.mdd' },
    ],
    ['multires', data('CustomDataExternal', { filename: '//a.btx' }), { kind: 'cache', path: '//a.btx' }],
    [
      'OSL script',
      data('NodeShaderScript', { mode: 1, filepath: '//a.osl' }),
      { kind: 'script', path: '//a.osl' },
    ],
    [
      'IES light',
      data('NodeShaderTexIES', { mode: 1, filepath: '//a.ies' }),
      { kind: 'ies', path: '//a.ies' },
    ],
    [
      'ocean cache',
      data('OceanModifierData', { cached: 1, cachepath: '//ocean\\' }),
      { kind: 'cache', path: '//ocean/', spread: 'folder' },
    ],
    [
      'fluid cache',
      data('FluidDomainSettings', { cache_flag: 2, cache_directory: '//fluid' }),
      { kind: 'cache', path: '//fluid', spread: 'folder' },
    ],
    [
      'baked disk cache',
      data('PointCache', { flag: 0x41 }),
      { kind: 'cache', path: '//blendcache_<SCENE>', spread: 'folder' },
    ],
    [
      'bake of elsewhere',
      data('PointCache', { flag: 0x241, path: '//bakes\\cloth' }),
      { kind: 'cache', path: '//bakes/cloth', spread: 'folder' },
    ],
  ])('%s', async (_name, block, expected) => {
    expect(await referencesOf(cube, block)).toEqual([{ user: 'Cube', ...unpacked, ...expected }]);
  });

  test.each<[string, Block]>([
    ['a mesh cache without a file', data('MeshCacheModifierData', { filepath: '//../' })],
    ['a script inside of the scene', data('NodeShaderScript', { mode: 0, filepath: '//a.osl' })],
    ['a light profile inside of the scene', data('NodeShaderTexIES', { mode: 0, filepath: '//a.ies' })],
    ['an ocean that is computed', data('OceanModifierData', { cached: 0, cachepath: '//ocean' })],
    ['a fluid that is not baked', data('FluidDomainSettings', { cache_flag: 0, cache_directory: '//fluid' })],
    ['a disk cache that is not baked', data('PointCache', { flag: 0x40 })],
    ['a bake in the scene', data('PointCache', { flag: 0x1 })],
  ])('not %s', async (_name, block) => {
    expect(await referencesOf(cube, block)).toEqual([]);
  });

  test('not the point cache that fluids no longer use', async () => {
    const old = [data('FluidDomainSettings', { point_cache: 9n }), data('PointCache', { flag: 0x41 }, 9n)];
    expect(await referencesOf(cube, ...old)).toEqual([]);
  });

  test('a field that is no text in this file', async () => {
    const structs = { ...STRUCTS, MeshCacheModifierData: ['int filepath', 'int pad'] };
    const blocks = [scene(), cube, data('MeshCacheModifierData', { filepath: 65 })];
    expect((await factsOf(blocks, { structs })).references).toEqual([]);
  });

  test('an external bake that this file does not place', async () => {
    const structs = { ...STRUCTS, PointCache: ['int flag', 'int pad'] };
    const blocks = [scene(), cube, data('PointCache', { flag: 0x201 })];
    expect((await factsOf(blocks, { structs })).references).toMatchObject([{ path: '//blendcache_<SCENE>' }]);
  });
});

describe('the sequencer', () => {
  const on = { 'r.scemode': 0x1 };
  const strip = (type: number, flag = 0, address = 20n) =>
    data('Sequence', { name: 'SQClip', type, flag, strip: address });
  const files = (dir: string, names: readonly string[], address = 21n): Block[] => [
    data('Strip', { dir, stripdata: address }, 20n),
    { code: 'DATA', struct: 'StripElem', address, rows: names.map((name) => ({ name })) },
  ];

  test('names the files of image and movie strips', async () => {
    const blocks = [
      scene(on),
      strip(0),
      ...files('//seq\\', ['a1.png', 'a2.png']),
      scene({}, 2n),
      strip(3),
      ...files('//clips', ['b.mp4']),
    ];
    expect((await factsOf(blocks)).references).toEqual([
      { kind: 'image', path: '//seq/a1.png', user: 'strip Clip', packed: false },
      { kind: 'image', path: '//seq/a2.png', user: 'strip Clip', packed: false },
      { kind: 'movie', path: '//clips/b.mp4', user: 'strip Clip', packed: false },
    ]);
  });

  test.each<[string, Block[], boolean]>([
    ['on, with a picture', [scene(on), strip(0)], true],
    ['off', [scene(), strip(0)], false],
    ['on, and empty', [scene(on)], false],
    ['on, with sound only', [scene(on), strip(4)], false],
    ['on, with all muted', [scene(on), strip(0, 0x20)], false],
    ['on, with strips of another scene', [scene(on), scene({}, 2n), strip(0)], false],
  ])('%s', async (_name, blocks, expected) => {
    expect((await factsOf(blocks)).usesSequencer).toBe(expected);
  });

  test.each<[string, Block[]]>([
    ['sound strips, whose sounds are data-blocks', [strip(4), ...files('//', ['a.wav'])]],
    ['strips whose pointers lead nowhere', [strip(0, 0, 99n)]],
    ['strips without elements', [strip(0), data('Strip', { dir: '//a', stripdata: 99n }, 20n)]],
    ['elements of nowhere', [{ code: 'DATA', struct: 'StripElem', address: 0n, rows: [{ name: 'a' }] }]],
  ])('not %s', async (_name, blocks) => {
    expect((await factsOf([scene(on), ...blocks])).references).toEqual([]);
  });

  test('of a file whose description lacks the fields', async () => {
    const structs = {
      ...STRUCTS,
      Strip: ['StripElem *stripdata'],
      StripElem: ['int pad'],
      Sequence: ['int type', 'Strip *strip'],
    };
    const blocks = [
      scene(on),
      data('Sequence', { type: 0, strip: 20n }),
      data('Strip', { stripdata: 21n }, 20n),
      data('StripElem', {}, 21n),
    ];
    expect((await factsOf(blocks, { structs, make: MAKES['32 bits']! })).references).toMatchObject([
      { user: 'strip ' },
    ]);
  });
});
