import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameRate } from '#shared/core/blend/frame-rate.ts';
import { data, factsOf, id, STRUCTS, scene } from './blend-samples.ts';
import { MAKES, type Structs } from './blend-writer.ts';

const rig = (overrides = {}) => [
  scene({ camera: 0x20n, 'r.pic': '//out\\f_', ...overrides }),
  data('ViewLayer', { name: 'Beauty' }),
  data('ViewLayer', { name: 'Shadow' }),
  id('OB', 'Object', 'Close', { type: 11 }, 0x10n),
  id('OB', 'Object', 'Wide', { type: 11 }, 0x20n),
  id('OB', 'Object', 'Cube', { type: 1 }, 0x30n),
];

describe.each(Object.entries(MAKES))('a file of %s', (_name, make) => {
  test('says what its scene is', async () => {
    const facts = await factsOf(rig(), { make });
    expect(facts).toEqual({
      compression: 'none',
      savedBy: { major: Math.floor(make.version / 100), minor: make.version % 100 },
      scene: 'Shot',
      scenes: ['Shot'],
      frameStart: 1,
      frameEnd: 48,
      frameStep: 1,
      fps: { numerator: 24, denominator: 1 },
      width: 1920,
      height: 1080,
      percent: 100,
      engine: 'CYCLES',
      camera: 'Wide',
      cameras: ['Close', 'Wide'],
      viewLayers: ['Beauty', 'Shadow'],
      format: 'PNG',
      outputPath: '//out/f_',
      usesCompositor: false,
      usesSequencer: false,
      cycles: { samples: undefined, adaptiveSampling: undefined, denoise: undefined, osl: false },
      simulations: [],
      scripts: [],
      references: [],
    });
  });
});

describe('the scene that counts', () => {
  const scenes = [
    scene({ 'id.name': 'SCFirst', 'r.efra': 10 }, 1n),
    data('ViewLayer', { name: 'A' }),
    scene({ 'id.name': 'SCSecond', 'r.efra': 20 }, 2n),
    data('SceneRenderLayer', { name: 'B' }),
  ];
  const global = (address: bigint) => ({
    code: 'GLOB',
    struct: 'FileGlobal',
    rows: [{ curscene: address }],
  });

  test('is the one that was open', async () => {
    const facts = await factsOf([global(2n), ...scenes]);
    expect(facts).toMatchObject({
      scene: 'Second',
      scenes: ['First', 'Second'],
      frameEnd: 20,
      viewLayers: ['B'],
    });
  });

  test.each([[9n], [0n]])('is the first one when the open one is unknown (%i)', async (address) => {
    expect(await factsOf([global(address), ...scenes])).toMatchObject({ scene: 'First', viewLayers: ['A'] });
  });

  test('is no object, whatever the file says', async () => {
    const object = id('OB', 'Object', 'Cube', {}, 7n);
    expect(await factsOf([global(7n), object, ...scenes])).toMatchObject({ scene: 'First' });
  });

  test('is missing: refused', async () => {
    await expect(factsOf([global(1n)])).rejects.toMatchObject({
      code: 'INVALID_SCENE',
      message: expect.stringContaining('there is no scene'),
    });
  });
});

test.each([
  ['a camera in a library', { camera: 5n }, { camera: 'Linked' }],
  ['no camera', { camera: 0n }, { camera: undefined }],
  ['an unknown camera', { camera: 99n }, { camera: undefined }],
  ['an unknown format', { 'r.im_format.imtype': 99 }, { format: 'FORMAT_99' }],
  ['no step (very old files)', { 'r.frame_step': 0 }, { frameStep: 1 }],
  ['a step', { 'r.frame_step': 3 }, { frameStep: 3 }],
  ['23.976 fps', { 'r.frs_sec_base': 1.001 }, { fps: { numerator: 24000, denominator: 1001 } }],
  ['a compositor that is switched off', { use_nodes: 1, nodetree: 3n }, { usesCompositor: false }],
  ['a compositor', { use_nodes: 1, nodetree: 3n, 'r.scemode': 0x40 }, { usesCompositor: true }],
  ['a compositor without nodes', { use_nodes: 1, 'r.scemode': 0x40 }, { usesCompositor: false }],
  ['nodes that are not used', { nodetree: 3n, 'r.scemode': 0x40 }, { usesCompositor: false }],
  ['a compositor of Blender 5', { compositing_node_group: 3n, 'r.scemode': 0x40 }, { usesCompositor: true }],
  [
    'a border',
    { 'r.mode': 0x200, 'r.border.xmin': 0.25, 'r.border.xmax': 0.5, 'r.border.ymax': 1 },
    { border: { left: 0.25, right: 0.5, bottom: 0, top: 1, crop: false } },
  ],
  [
    'a cropped border',
    { 'r.mode': 0xa00, 'r.border.xmax': 1, 'r.border.ymax': 1 },
    { border: { left: 0, right: 1, bottom: 0, top: 1, crop: true } },
  ],
])('%s', async (_name, values, expected) => {
  const linked = { code: 'ID', struct: 'ID', address: 5n, rows: [{ name: 'OBLinked' }] };
  expect(await factsOf([scene(values), linked])).toMatchObject(expected);
});

test.each([
  ['r.sfra', 2_000_000],
  ['r.efra', -2_000_000],
  ['r.frame_step', -1],
  ['r.xsch', 0],
  ['r.ysch', 70_000],
  ['r.size', 0],
  ['r.frs_sec', 0],
  ['r.frs_sec_base', 0],
  ['r.frs_sec_base', Number.NaN],
])('refuses %s = %d', async (field, value) => {
  await expect(factsOf([scene({ [field]: value })])).rejects.toMatchObject({
    code: 'INVALID_SCENE',
    message: expect.stringContaining(field),
  });
});

test('refuses a scene without a field that every version has', async () => {
  const structs: Structs = { ...STRUCTS, RenderData: ['int efra', 'int pad'] };
  const bare = { code: 'SC', struct: 'Scene', rows: [{ 'id.name': 'SCBare' }] };
  await expect(factsOf([bare], { structs })).rejects.toMatchObject({
    message: expect.stringContaining('has no field r.sfra'),
  });
});

test('reads what an old version lacks as absent', async () => {
  const old: Structs = {
    ...STRUCTS,
    RenderData: STRUCTS.RenderData!.filter((field) => !/pic|engine|im_format/.test(field)),
    ViewLayer: ['int pad[2]'],
  };
  const { 'r.engine': _engine, 'r.im_format.imtype': _type, ...values } = scene().rows[0]!;
  const block = { code: 'SC', struct: 'Scene', rows: [values] };
  expect(await factsOf([block, data('ViewLayer', {})], { structs: old })).toMatchObject({
    engine: '',
    format: 'FORMAT_-1',
    outputPath: '',
    viewLayers: [''],
  });
});

describe('settings of Cycles', () => {
  const GROUP = 6;
  const property = (name: string, type: number, values: Record<string, number | bigint>, address: bigint) =>
    data('IDProperty', { name, type, ...values }, address);
  const cycles = (next = 0n) => [
    property('', GROUP, { 'data.group.first': 11n }, 10n),
    property('cycles', GROUP, { 'data.group.first': 12n }, 11n),
    property('samples', 1, { 'data.val': 64, next: 13n }, 12n),
    property('use_denoising', 10, { 'data.val': 0, next: 14n }, 13n),
    property('use_adaptive_sampling', 1, { 'data.val': 1, next: 15n }, 14n),
    property('seed', 8, { 'data.val': 1, next }, 15n),
  ];
  const read = { samples: 64, adaptiveSampling: true, denoise: false, osl: false };

  test.each(['id.properties', 'id.system_properties'])('in %s', async (field) => {
    expect(await factsOf([scene({ [field]: 10n }), ...cycles()])).toMatchObject({ cycles: read });
  });

  test('end where the list runs in a circle', async () => {
    expect(await factsOf([scene({ 'id.properties': 10n }), ...cycles(12n)])).toMatchObject({ cycles: read });
  });

  test('end where the list leads nowhere', async () => {
    expect(await factsOf([scene({ 'id.properties': 10n }), ...cycles(99n)])).toMatchObject({ cycles: read });
  });

  test('of another kind or place are not taken', async () => {
    const odd = [
      property('', GROUP, { 'data.group.first': 11n }, 10n),
      property('cycles', 1, { 'data.group.first': 12n, 'data.val': 3 }, 11n),
      property('samples', 1, { 'data.val': 64 }, 12n),
    ];
    const none = { samples: undefined, adaptiveSampling: undefined, denoise: undefined, osl: false };
    expect(await factsOf([scene({ 'id.properties': 10n }), ...odd])).toMatchObject({ cycles: none });
    expect(
      await factsOf([id('OB', 'Object', 'Cube'), ...cycles(), scene({ 'id.properties': 10n })]),
    ).toMatchObject({
      cycles: none,
    });
  });

  test('of a type or name that this file does not describe', async () => {
    const structs: Structs = { ...STRUCTS, IDProperty: ['IDProperty *next', 'IDPropertyData data'] };
    const blocks = [
      scene({ 'id.properties': 10n }),
      data('IDProperty', { 'data.group.first': 11n }, 10n),
      data('IDProperty', {}, 11n),
    ];
    expect((await factsOf(blocks, { structs })).cycles.samples).toBeUndefined();
  });

  test('Open Shading Language', async () => {
    const blocks = [
      scene({ 'id.properties': 10n }),
      property('', GROUP, { 'data.group.first': 11n }, 10n),
      property('cycles', GROUP, { 'data.group.first': 12n }, 11n),
      property('shading_system', 1, { 'data.val': 1 }, 12n),
    ];
    expect((await factsOf(blocks)).cycles.osl).toBe(true);
  });
});

describe('frame rates', () => {
  test.each([
    [24, 1, 24, 1],
    [24, 1.001, 24000, 1001],
    [30, 1.001, 30000, 1001],
    [60, 1.001, 60000, 1001],
    [25, 2, 25, 2],
    [24, 0.5, 48, 1],
    [1, 0.1, 10, 1],
    [24, 1.25, 96, 5],
  ])('%d / %d', (frames, base, numerator, denominator) => {
    expect(frameRate(frames, base)).toEqual({ numerator, denominator });
  });

  test('are as exact as the file', () => {
    const bases = fc.float({ min: Math.fround(1e-6), max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32767 }), bases, (frames, base) => {
        const { numerator, denominator } = frameRate(frames, base);
        expect(Number.isInteger(numerator) && Number.isInteger(denominator)).toBe(true);
        expect(Math.fround((frames * denominator) / numerator)).toBeCloseTo(base, 5);
      }),
    );
  });
});
