import type { SceneReference } from '../scene-facts.ts';
import { hasBit, number, pointer, type Row, type Rows, text } from './rows.ts';
import { stripReferences } from './sequencer.ts';

/** `Image.source`. Source: blender/blender, makesdna/DNA_image_types.h. */
const IMAGE_KINDS: Readonly<Record<number, SceneReference['kind']>> = {
  1: 'image',
  2: 'image-sequence',
  3: 'movie',
  6: 'udim',
};
/** Blender knows no others. */
const FIRST_TILE = 1001;
const LAST_TILE = 2000;
const CLIP_SEQUENCE = 1;
/** `NodeShaderScript.mode` and `NodeShaderTexIES.mode`: a file instead of a text in the scene. */
const EXTERNAL = 1;
/** `PointCache.flag`. */
const BAKED = 0x1;
const ON_DISK = 0x40;
const READ_EXTERNAL = 0x200;
/** `FluidDomainSettings.cache_flag`: data, noise, mesh or particles are baked. */
const FLUID_BAKED = 0x2 | 0x8 | 0x20 | 0x80;

/** Every file that the scene names, once each, in the order of their kinds. */
export const references = (rows: Rows): SceneReference[] => {
  const tiles = Map.groupBy(rows.of('ImageTile'), ({ owner }) => owner);
  const all = [
    ...rows.of('Image').flatMap((row) => image(rows, row, tiles)),
    ...rows.of('Library').flatMap((row) => file(rows, 'library', row)),
    ...rows.of('bSound').flatMap((row) => file(rows, 'sound', row)),
    ...rows.of('MovieClip').flatMap((row) => clip(rows, row)),
    ...rows.of('VFont').flatMap((row) => (pathOf(row) === '<builtin>' ? [] : file(rows, 'font', row))),
    ...rows.of('CacheFile').flatMap((row) => frames(row, file(rows, 'cache', row))),
    ...rows.of('Volume').flatMap((row) => frames(row, file(rows, 'volume', row))),
    ...stripReferences(rows),
    ...owned(rows, 'MeshCacheModifierData', 'filepath', 'cache', () => true),
    ...owned(rows, 'CustomDataExternal', 'filename', 'cache', () => true),
    ...owned(rows, 'NodeShaderScript', 'filepath', 'script', (row) => number(row, 'mode') === EXTERNAL),
    ...owned(rows, 'NodeShaderTexIES', 'filepath', 'ies', (row) => number(row, 'mode') === EXTERNAL),
    ...owned(rows, 'OceanModifierData', 'cachepath', 'cache', (row) => hasBit(row, 'cached', 0xff)).map(
      folder,
    ),
    ...owned(rows, 'FluidDomainSettings', 'cache_directory', 'cache', (row) =>
      hasBit(row, 'cache_flag', FLUID_BAKED),
    ).map(folder),
    ...pointCaches(rows),
  ];
  return [...new Map(all.map((reference) => [`${reference.kind} ${reference.path}`, reference])).values()];
};

const pathOf = (row: Row): string => (text(row, 'name') ?? text(row, 'filepath') ?? '').replaceAll('\\', '/');

const file = (rows: Rows, kind: SceneReference['kind'], row: Row): SceneReference[] => {
  const path = pathOf(row);
  const packed = pointer(row, 'packedfile') !== 0n || pointer(row, 'packedfiles.first') !== 0n;
  return path === '' ? [] : [{ kind, path, user: rows.nameOf(row), packed }];
};

type Tiles = ReadonlyMap<number, readonly Row[]>;

const image = (rows: Rows, row: Row, tiles: Tiles): SceneReference[] => {
  // Generated images, and the viewers' and renders' own, have no file.
  const kind = IMAGE_KINDS[number(row, 'source') ?? 0];
  if (!kind) return [];
  const found = file(rows, kind, row);
  if (kind === 'image-sequence') return found.map((reference) => ({ ...reference, spread: 'sequence' }));
  if (kind !== 'udim') return found;
  const numbers = new Set((tiles.get(row.owner) ?? []).map((tile) => number(tile, 'tile_number') ?? 0));
  const valid = [...numbers].filter((tile) => tile >= FIRST_TILE && tile <= LAST_TILE);
  return found.map((reference) => ({ ...reference, spread: 'tiles', tiles: valid }));
};

const clip = (rows: Rows, row: Row): SceneReference[] =>
  number(row, 'source') === CLIP_SEQUENCE
    ? file(rows, 'image-sequence', row).map((reference) => ({ ...reference, spread: 'sequence' }))
    : file(rows, 'movie', row);

const frames = (row: Row, found: SceneReference[]): SceneReference[] =>
  hasBit(row, 'is_sequence', 0xff) ? found.map((reference) => ({ ...reference, spread: 'sequence' })) : found;

const owned = (
  rows: Rows,
  struct: string,
  field: string,
  kind: SceneReference['kind'],
  isUsed: (row: Row) => boolean,
): SceneReference[] =>
  rows
    .of(struct)
    .filter(isUsed)
    .map((row): SceneReference => {
      const path = (text(row, field) ?? '').replaceAll('\\', '/');
      return { kind, path, user: rows.nameOf(row), packed: false };
    })
    // Blender turns an empty path into one that only leads upwards.
    .filter(({ path }) => /[^/.]/.test(path));

const folder = (reference: SceneReference): SceneReference => ({ ...reference, spread: 'folder' });

/**
 * Bakes that lie beside the scene. Blender derives their folder from the scene file's own name, for which
 * `<SCENE>` stands; a bake of elsewhere names its folder itself.
 */
const pointCaches = (rows: Rows): SceneReference[] => {
  // Fluids keep a point cache of old, that may call itself baked and holds nothing.
  const unused = new Set(
    rows
      .of('FluidDomainSettings')
      .map((domain) => rows.within(domain.owner, 'PointCache', pointer(domain, 'point_cache'))),
  );
  return rows
    .of('PointCache')
    .filter((row) => hasBit(row, 'flag', BAKED) && hasBit(row, 'flag', ON_DISK | READ_EXTERNAL))
    .filter((row) => !unused.has(row))
    .map((row) => {
      const isExternal = hasBit(row, 'flag', READ_EXTERNAL);
      const external = isExternal ? (text(row, 'path') ?? '').replaceAll('\\', '/') : '';
      const path = external || '//blendcache_<SCENE>';
      return { kind: 'cache', path, user: rows.nameOf(row), packed: false, spread: 'folder' };
    });
};
