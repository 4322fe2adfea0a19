import { zstdDecompressSync } from 'node:zlib';
import { readScene } from '#shared/core/blend/read-scene.ts';
import type { ByteSource, Inflate } from '#shared/core/blend/source.ts';
import type { SceneFacts } from '#shared/core/scene-facts.ts';
import { type Block, MAKES, type Make, type Structs, writeBlend } from './blend-writer.ts';

/** The structs that scenes are made of here: fewer and shorter than Blender's, and of several versions at once. */
export const STRUCTS: Structs = {
  ListBase: ['Link *first', 'Link *last'],
  ID: ['ID *next', 'char name[66]', 'char pad[2]', 'IDProperty *properties', 'IDProperty *system_properties'],
  FileGlobal: ['int fileflags', 'Scene *curscene'],
  ImageFormatData: ['char imtype', 'char pad[3]'],
  rctf: ['float xmin', 'float xmax', 'float ymin', 'float ymax'],
  RenderData: [
    'ImageFormatData im_format',
    'int sfra',
    'int efra',
    'int frame_step',
    'int xsch',
    'int ysch',
    'int scemode',
    'int mode',
    'short size',
    'short frs_sec',
    'float frs_sec_base',
    'rctf border',
    'char pic[64]',
    'char engine[32]',
  ],
  Scene: [
    'ID id',
    'Object *camera',
    'bNodeTree *nodetree',
    'bNodeTree *compositing_node_group',
    'int use_nodes',
    'int pad',
    'RenderData r',
  ],
  Object: ['ID id', 'short type', 'short pad[3]'],
  Mesh: ['ID id', 'int totvert', 'int pad'],
  FreestyleConfig: ['int mode', 'int pad'],
  ViewLayer: ['char name[64]', 'FreestyleConfig freestyle_config'],
  SceneRenderLayer: ['char name[64]', 'FreestyleConfig freestyleConfig'],
  IDPropertyData: ['ListBase group', 'int val', 'int val2'],
  IDProperty: ['IDProperty *next', 'char type', 'char pad[7]', 'char name[64]', 'IDPropertyData data'],
  Image: [
    'ID id',
    'char name[64]',
    'short source',
    'short pad[3]',
    'PackedFile *packedfile',
    'ListBase packedfiles',
  ],
  ImageTile: ['int tile_number', 'int pad'],
  Library: ['ID id', 'char name[64]', 'char filepath[64]', 'PackedFile *packedfile'],
  bSound: ['ID id', 'char name[64]', 'PackedFile *packedfile'],
  VFont: ['ID id', 'char name[64]', 'PackedFile *packedfile'],
  MovieClip: ['ID id', 'char name[64]', 'int source', 'int pad'],
  CacheFile: ['ID id', 'char filepath[64]', 'char is_sequence', 'char pad[7]'],
  Volume: ['ID id', 'char filepath[64]', 'PackedFile *packedfile', 'char is_sequence', 'char pad[7]'],
  NodeShaderScript: ['int mode', 'char filepath[64]'],
  NodeShaderTexIES: ['int mode', 'char filepath[64]'],
  MeshCacheModifierData: ['char filepath[64]'],
  OceanModifierData: ['char cachepath[64]', 'char cached', 'char pad[7]'],
  CustomDataExternal: ['char filename[64]'],
  Sequence: ['char name[64]', 'int type', 'int flag', 'Strip *strip'],
  Strip: ['StripElem *stripdata', 'char dir[64]'],
  StripElem: ['char name[64]'],
  PointCache: ['int flag', 'int pad', 'char path[64]'],
  ModifierData: ['int type', 'int mode'],
  ClothModifierData: ['ModifierData modifier', 'PointCache *point_cache'],
  SoftbodyModifierData: ['ModifierData modifier'],
  SoftBody: ['SoftBody_Shared *shared', 'PointCache *pointcache'],
  SoftBody_Shared: ['PointCache *pointcache'],
  ParticleSystemModifierData: ['ModifierData modifier', 'ParticleSystem *psys'],
  ParticleSystem: ['ParticleSettings *part', 'int flag', 'int pad', 'PointCache *pointcache'],
  ParticleSettings: ['ID id', 'short type', 'short phystype', 'int pad'],
  FluidModifierData: ['ModifierData modifier', 'FluidDomainSettings *domain'],
  FluidDomainSettings: [
    'int cache_flag',
    'char cache_directory[64]',
    'int pad',
    'PointCache *point_cache[2]',
  ],
  DynamicPaintModifierData: ['ModifierData modifier', 'DynamicPaintCanvasSettings *canvas'],
  DynamicPaintSurface: ['PointCache *pointcache', 'int flags', 'int pad', 'char name[64]'],
  RigidBodyWorld: ['RigidBodyWorld_Shared *shared', 'PointCache *pointcache', 'Collection *group'],
  RigidBodyWorld_Shared: ['PointCache *pointcache'],
  Text: ['ID id', 'int flags', 'int pad'],
  FreestyleModuleConfig: ['Text *script', 'short is_displayed', 'short pad[3]'],
  ChannelDriver: ['char expression[256]', 'int type', 'int flag'],
  DriverVar: ['char name[64]'],
  bNode: ['char idname[64]', 'int type', 'int pad'],
};

type Row = Block['rows'][number];

export const scene = (values: Row = {}, address = 1n): Block => ({
  code: 'SC',
  struct: 'Scene',
  address,
  rows: [
    {
      'id.name': 'SCShot',
      'r.sfra': 1,
      'r.efra': 48,
      'r.frame_step': 1,
      'r.xsch': 1920,
      'r.ysch': 1080,
      'r.size': 100,
      'r.frs_sec': 24,
      'r.frs_sec_base': 1,
      'r.engine': 'CYCLES',
      'r.im_format.imtype': 17,
      ...values,
    },
  ],
});

/** A data-block. */
export const id = (code: string, struct: string, name: string, values: Row = {}, address = 0n): Block => ({
  code,
  struct,
  address,
  rows: [{ 'id.name': `${code}${name}`, ...values }],
});

/** What the data-block before it owns. */
export const data = (struct: string, values: Row, address = 0n): Block => ({
  code: 'DATA',
  struct,
  address,
  rows: [values],
});

/** Bytes as a source; asynchronous, as an object store is. */
export const sourceOf = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: async (offset, length) => bytes.slice(offset, offset + length),
});

export const INFLATE: Inflate = {
  zstdFrame: (frame, maxBytes) => zstdDecompressSync(frame, { maxOutputLength: maxBytes }),
  gzip: async () => sourceOf(new Uint8Array()),
};

export const read = (bytes: Uint8Array, inflate: Inflate = INFLATE): Promise<SceneFacts> =>
  readScene(sourceOf(bytes), inflate, { readAheadBytes: 512 });

/** What is read of a scene with these blocks. */
export const factsOf = (
  blocks: readonly Block[],
  { make = MAKES['64 bits']!, structs = STRUCTS }: { make?: Make; structs?: Structs } = {},
): Promise<SceneFacts> => read(writeBlend(make, structs, blocks));
