import type { Wanted } from './rows.ts';

/** Geometry nodes can simulate since 3.6 (saved as 306); before, reading every node would be for nothing. */
const SIMULATION_NODES_SINCE = 306;

/**
 * Everything that is read of a scene. Names are those in the files, which keep a field's oldest name: an
 * image's path is `name`, as it was in 2.4 (source: blender/blender, makesdna/intern/dna_rename_defs.h).
 */
export const wantedOf = (version: number): Wanted => ({
  ...SCENE,
  ...FILES,
  ...SIMULATED,
  ...CODE,
  ...(version >= SIMULATION_NODES_SINCE ? { bNode: { fields: ['idname'] } } : {}),
});

const SCENE: Wanted = {
  FileGlobal: { fields: ['curscene'] },
  // A placeholder for a data-block in a library.
  ID: { fields: ['name'] },
  Object: { fields: ['id.name', 'type'] },
  Scene: {
    fields: [
      'id.name',
      'id.properties',
      'id.system_properties',
      'camera',
      'use_nodes',
      'nodetree',
      'compositing_node_group',
      'rigidbody_world',
      'r.sfra',
      'r.efra',
      'r.frame_step',
      'r.frs_sec',
      'r.frs_sec_base',
      'r.xsch',
      'r.ysch',
      'r.size',
      'r.engine',
      'r.mode',
      'r.scemode',
      'r.pic',
      'r.imtype',
      'r.im_format.imtype',
      'r.border.xmin',
      'r.border.xmax',
      'r.border.ymin',
      'r.border.ymax',
    ],
  },
  ViewLayer: { fields: ['name', 'freestyle_config.mode'], only: 'SC' },
  SceneRenderLayer: { fields: ['name', 'freestyleConfig.mode'], only: 'SC' },
  IDProperty: {
    fields: ['next', 'type', 'name', 'data.val', 'data.group.first'],
    only: 'SC',
  },
};

const PACKABLE = ['id.name', 'name', 'filepath', 'packedfile'];
const FILES: Wanted = {
  Image: { fields: [...PACKABLE, 'source', 'packedfiles.first'] },
  ImageTile: { fields: ['tile_number'], only: 'IM' },
  Library: { fields: PACKABLE },
  bSound: { fields: PACKABLE },
  VFont: { fields: PACKABLE },
  MovieClip: { fields: [...PACKABLE, 'source'] },
  CacheFile: { fields: [...PACKABLE, 'is_sequence'] },
  Volume: { fields: [...PACKABLE, 'is_sequence'] },
  NodeShaderScript: { fields: ['mode', 'filepath'] },
  NodeShaderTexIES: { fields: ['mode', 'filepath'] },
  MeshCacheModifierData: { fields: ['filepath'] },
  OceanModifierData: { fields: ['cachepath', 'cached'] },
  CustomDataExternal: { fields: ['filename'] },
  Sequence: { fields: ['name', 'type', 'flag', 'strip'], only: 'SC' },
  Strip: { fields: ['dir', 'stripdata'], only: 'SC' },
  StripElem: { fields: ['name'], only: 'SC' },
};

const SIMULATED: Wanted = {
  PointCache: { fields: ['flag', 'path'] },
  ClothModifierData: { fields: ['modifier.mode', 'point_cache'] },
  SoftbodyModifierData: { fields: ['modifier.mode'] },
  SoftBody: { fields: ['shared', 'pointcache'] },
  SoftBody_Shared: { fields: ['pointcache'] },
  ParticleSystemModifierData: { fields: ['modifier.mode', 'psys'] },
  ParticleSystem: { fields: ['part', 'flag', 'pointcache'] },
  ParticleSettings: { fields: ['id.name', 'type', 'phystype'] },
  FluidModifierData: { fields: ['modifier.mode', 'domain'] },
  FluidDomainSettings: { fields: ['cache_flag', 'cache_directory', 'point_cache'] },
  DynamicPaintModifierData: { fields: ['modifier.mode', 'canvas'] },
  DynamicPaintSurface: { fields: ['name', 'pointcache', 'flags'] },
  RigidBodyWorld: { fields: ['shared', 'pointcache', 'group'] },
  RigidBodyWorld_Shared: { fields: ['pointcache'] },
};

const CODE: Wanted = {
  Text: { fields: ['id.name', 'flags'] },
  FreestyleModuleConfig: { fields: ['script', 'is_displayed'], only: 'SC' },
  ChannelDriver: { fields: ['type', 'expression'] },
  DriverVar: { fields: ['name'] },
};
