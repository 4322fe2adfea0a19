import { describe, expect, test } from 'vitest';
import { isSimpleExpression } from '#shared/core/blend/simple-expression.ts';
import { data, factsOf, id, STRUCTS, scene } from './blend-samples.ts';
import { type Block, MAKES } from './blend-writer.ts';

const RENDER = { 'modifier.mode': 2 };
const cube = id('OB', 'Object', 'Cube', {}, 5n);
const cache = (flag: number) => data('PointCache', { flag }, 9n);
const settings = (values: Record<string, number>) => id('PA', 'ParticleSettings', 'Dust', values, 6n);
const particles = (flag = 0) => [
  data('ParticleSystemModifierData', { ...RENDER, psys: 8n }),
  data('ParticleSystem', { part: 6n, flag, pointcache: 9n }, 8n),
];

describe('simulations', () => {
  /** Each as it is when it was not baked; the same with a bake must not be listed. */
  const UNBAKED: [string, string, Block[]][] = [
    [
      'rigid bodies',
      'rigid bodies of Shot',
      [
        data('RigidBodyWorld', { shared: 7n, group: 3n }),
        data('RigidBodyWorld_Shared', { pointcache: 9n }, 7n),
      ],
    ],
    ['rigid bodies of 2.7', 'rigid bodies of Shot', [data('RigidBodyWorld', { pointcache: 9n, group: 3n })]],
    ['cloth', 'cloth of Cube', [cube, data('ClothModifierData', { ...RENDER, point_cache: 9n })]],
    [
      'soft body',
      'soft body of Cube',
      [
        cube,
        data('SoftbodyModifierData', RENDER),
        data('SoftBody', { shared: 7n }),
        data('SoftBody_Shared', { pointcache: 9n }, 7n),
      ],
    ],
    ['particles', 'particles of Cube', [settings({ phystype: 1 }), cube, ...particles()]],
    ['hair that moves', 'particles of Cube', [settings({ type: 2 }), cube, ...particles(0x4000)]],
    [
      'dynamic paint',
      'dynamic paint of Cube',
      [
        cube,
        data('DynamicPaintModifierData', RENDER),
        data('DynamicPaintSurface', { flags: 1, pointcache: 9n }),
      ],
    ],
  ];

  test.each(UNBAKED)('%s', async (_name, expected, blocks) => {
    const listed = async (flag: number) => (await factsOf([scene(), ...blocks, cache(flag)])).simulations;
    expect(await listed(0)).toEqual([expected]);
    expect(await listed(0x40)).toEqual([expected]);
    expect(await listed(0x1)).toEqual([]);
    expect((await factsOf([scene(), ...blocks])).simulations).toEqual([expected]);
  });

  test('fluid', async () => {
    const fluid = async (flags: number) =>
      (
        await factsOf([
          scene(),
          cube,
          data('FluidModifierData', { ...RENDER, domain: 7n }),
          data('FluidDomainSettings', { cache_flag: flags }, 7n),
        ])
      ).simulations;
    expect(await fluid(0)).toEqual(['fluid of Cube']);
    expect(await fluid(2)).toEqual([]);
  });

  test('simulation zones, which Blender has since 3.6', async () => {
    const blocks = [
      scene(),
      id('NT', 'Mesh', 'Snow'),
      data('bNode', { idname: 'GeometryNodeSimulationOutput' }),
    ];
    const zones = async (version: number) =>
      (await factsOf(blocks, { make: { ...MAKES['64 bits']!, version } })).simulations;
    expect(await zones(306)).toEqual(['simulation zone of Snow']);
    expect(await zones(304)).toEqual([]);
  });

  test.each<[string, Block[]]>([
    ['modifiers that renders ignore', [cube, data('ClothModifierData', { 'modifier.mode': 1 })]],
    ['a soft body without its modifier', [cube, data('SoftBody', {})]],
    ['rigid bodies without a collection', [data('RigidBodyWorld', {})]],
    ['particles without physics', [settings({ phystype: 0 }), cube, ...particles()]],
    ['keyed particles', [settings({ phystype: 2 }), cube, ...particles()]],
    ['hair that rests', [settings({ type: 2 }), cube, ...particles()]],
    ['particles of a fluid', [settings({ type: 5, phystype: 1 }), cube, ...particles()]],
    ['particles without settings', [cube, ...particles()]],
    ['particles without a system', [cube, data('ParticleSystemModifierData', RENDER)]],
    ['what flows into a fluid', [cube, data('FluidModifierData', RENDER)]],
    [
      'paint that is switched off',
      [cube, data('DynamicPaintModifierData', RENDER), data('DynamicPaintSurface', { flags: 0 })],
    ],
    ['paint that renders ignore', [cube, data('DynamicPaintSurface', { flags: 1 })]],
  ])('not %s', async (_name, blocks) => {
    expect((await factsOf([scene(), ...blocks])).simulations).toEqual([]);
  });

  test('of a file whose description lacks the fields', async () => {
    const structs = { ...STRUCTS, ParticleSettings: ['ID id', 'short type', 'short pad[3]'] };
    const blocks = [scene(), settings({}), cube, ...particles()];
    expect((await factsOf(blocks, { structs })).simulations).toEqual([]);
  });
});

describe('scripts', () => {
  const text = id('TX', 'Text', 'style.py', { flags: 0 }, 4n);
  const module = data('FreestyleModuleConfig', { script: 4n });
  const driver = (expression: string, type = 1) => data('ChannelDriver', { type, expression });

  test.each<[string, Block[], string[]]>([
    [
      'Freestyle',
      [data('ViewLayer', { 'freestyle_config.mode': 1 }), module, text],
      ['Freestyle script style.py'],
    ],
    [
      'Freestyle of 2.7',
      [data('SceneRenderLayer', { 'freestyleConfig.mode': 1 }), module, text],
      ['Freestyle script style.py'],
    ],
    ['Freestyle in its editor', [data('ViewLayer', { 'freestyle_config.mode': 2 }), module, text], []],
    ['Freestyle without a script', [data('ViewLayer', { 'freestyle_config.mode': 1 }), module], []],
    ['a registered text', [id('TX', 'Text', 'rig.py', { flags: 0x10 })], ['registered text rig.py']],
    ['a text', [text], []],
    ['a Python driver', [cube, driver('foo(frame)')], ['driver of Cube: foo(frame)']],
    ['the same driver twice', [cube, driver('foo()'), driver('foo()')], ['driver of Cube: foo()']],
    [
      'a driver that needs no Python',
      [cube, driver('frame * 2 + var'), data('DriverVar', { name: 'var' })],
      [],
    ],
    ['an empty driver', [cube, driver('')], []],
    ['a driver that sums', [cube, driver('foo()', 2)], []],
    [
      'variables of another object',
      [cube, data('DriverVar', { name: 'var' }), id('OB', 'Object', 'Cone'), driver('var')],
      ['driver of Cone: var'],
    ],
    [
      'a driver of nobody known',
      [{ code: 'ME', struct: 'ListBase', rows: [{}] }, driver('foo()')],
      ['driver of : foo()'],
    ],
  ])('%s', async (_name, blocks, expected) => {
    expect((await factsOf([scene(), ...blocks])).scripts).toEqual(expected);
  });

  test('of a file whose description lacks the fields', async () => {
    const structs = { ...STRUCTS, ChannelDriver: ['int type', 'int flag'], DriverVar: ['int pad'] };
    const blocks = [scene(), cube, data('ChannelDriver', { type: 1 }), data('DriverVar', {})];
    expect((await factsOf(blocks, { structs })).scripts).toEqual([]);
  });
});

test.each([
  ['frame / 24', true],
  ['sin(frame/10) * pi if var > .5 else -1e3', true],
  ['clamp(var, 0, 1)', true],
  ['var', true],
  ['other', false],
  ['var.x', false],
  ['var[0]', false],
  ['"a"', false],
  ['frame ** 2', false],
  ['frame // 2', false],
  ['bpy.data', false],
  ['__import__("os")', false],
])('%s needs no Python: %s', (expression, expected) => {
  expect(isSimpleExpression(expression, new Set(['var']))).toBe(expected);
});
