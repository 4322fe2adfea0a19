import { hasBit, number, pointer, type Row, type Rows, text } from './rows.ts';

/** `ModifierData.mode`. */
const IN_RENDER = 0x2;
/** `PointCache.flag`. */
const BAKED = 0x1;
/** `FluidDomainSettings.cache_flag`. */
const FLUID_DATA_BAKED = 0x2;
/** `DynamicPaintSurface.flags`. */
const SURFACE_ACTIVE = 0x1;
/** `ParticleSettings.type` and `.phystype`; keyed particles and those without physics need no frame before. */
const EMITTER = 0;
const HAIR = 2;
const STATELESS_PHYSICS = [0, 2];
/** `ParticleSystem.flag`. */
const HAIR_DYNAMICS = 0x4000;

/**
 * What has to be computed frame after frame, and was not baked: frames rendered apart would differ.
 * Also what only scenes use that are not rendered; modifiers that are off in renders do not count.
 */
export const simulations = (rows: Rows): string[] => [
  ...new Set([
    ...rows
      .of('RigidBodyWorld')
      .flatMap((world) =>
        pointer(world, 'group') !== 0n && !isSharedBaked(rows, world, 'RigidBodyWorld_Shared')
          ? [`rigid bodies of ${rows.nameOf(world)}`]
          : [],
      ),
    ...inRender(rows, 'ClothModifierData')
      .filter((cloth) => !isBaked(rows, cloth, 'point_cache'))
      .map((cloth) => `cloth of ${rows.nameOf(cloth)}`),
    ...softBodies(rows),
    ...inRender(rows, 'ParticleSystemModifierData').flatMap((modifier) => particles(rows, modifier)),
    ...inRender(rows, 'FluidModifierData').flatMap((modifier) => fluid(rows, modifier)),
    ...dynamicPaint(rows),
    ...rows
      .of('bNode')
      .filter((node) => text(node, 'idname') === 'GeometryNodeSimulationOutput')
      .map((node) => `simulation zone of ${rows.nameOf(node)}`),
  ]),
];

const inRender = (rows: Rows, struct: string): Row[] =>
  rows.of(struct).filter((row) => hasBit(row, 'modifier.mode', IN_RENDER));

const isBaked = (rows: Rows, row: Row, field: string): boolean => {
  const cache = rows.within(row.owner, 'PointCache', pointer(row, field));
  return cache !== undefined && hasBit(cache, 'flag', BAKED);
};

/** Since 2.80 the cache hangs on a part that copies of the scene share. */
const isSharedBaked = (rows: Rows, row: Row, sharedStruct: string): boolean => {
  const shared = rows.within(row.owner, sharedStruct, pointer(row, 'shared'));
  return isBaked(rows, shared ?? row, 'pointcache');
};

const softBodies = (rows: Rows): string[] => {
  const enabled = new Set(inRender(rows, 'SoftbodyModifierData').map(({ owner }) => owner));
  return rows
    .of('SoftBody')
    .filter((body) => enabled.has(body.owner) && !isSharedBaked(rows, body, 'SoftBody_Shared'))
    .map((body) => `soft body of ${rows.nameOf(body)}`);
};

const particles = (rows: Rows, modifier: Row): string[] => {
  const system = rows.within(modifier.owner, 'ParticleSystem', pointer(modifier, 'psys'));
  const settings = system && rows.at(pointer(system, 'part'));
  if (!settings || isBaked(rows, system, 'pointcache')) return [];
  const type = number(settings, 'type');
  const moves =
    (type === EMITTER && !STATELESS_PHYSICS.includes(number(settings, 'phystype') ?? 0)) ||
    (type === HAIR && hasBit(system, 'flag', HAIR_DYNAMICS));
  return moves ? [`particles of ${rows.nameOf(modifier)}`] : [];
};

const fluid = (rows: Rows, modifier: Row): string[] => {
  const domain = rows.within(modifier.owner, 'FluidDomainSettings', pointer(modifier, 'domain'));
  return domain && !hasBit(domain, 'cache_flag', FLUID_DATA_BAKED)
    ? [`fluid of ${rows.nameOf(modifier)}`]
    : [];
};

const dynamicPaint = (rows: Rows): string[] => {
  const enabled = new Set(inRender(rows, 'DynamicPaintModifierData').map(({ owner }) => owner));
  return rows
    .of('DynamicPaintSurface')
    .filter(
      (surface) =>
        enabled.has(surface.owner) &&
        hasBit(surface, 'flags', SURFACE_ACTIVE) &&
        !isBaked(rows, surface, 'pointcache'),
    )
    .map((surface) => `dynamic paint of ${rows.nameOf(surface)}`);
};
