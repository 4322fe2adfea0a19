import type { SceneFacts } from '../scene-facts.ts';
import { formatName } from './formats.ts';
import { frameRate } from './frame-rate.ts';
import { propertyGroup } from './id-properties.ts';
import { hasBit, number, pointer, type Row, type Rows, text } from './rows.ts';
import { usesSequencer } from './sequencer.ts';
import { damaged } from './source.ts';

const CAMERA = 11;
/** `RenderData.mode`. Source for these bits: blender/blender, makesdna/DNA_scene_types.h, tried on 3.4. */
const BORDER = 0x200;
const CROP = 0x800;
/** `RenderData.scemode`. */
const COMPOSITING = 0x40;
/** Blender allows no frame and no picture beyond these. */
const MAX_FRAME = 1_048_574;
const MAX_PIXELS = 65_536;

type OfScene = Omit<SceneFacts, 'compression' | 'savedBy' | 'simulations' | 'scripts' | 'references'>;

/** The scene that is open in the file, which is the one that Blender renders. */
const activeScene = (rows: Rows): Row => {
  const scenes = rows.of('Scene');
  const global = rows.of('FileGlobal')[0];
  const current = global && rows.at(pointer(global, 'curscene'));
  const scene = current?.struct === 'Scene' ? current : scenes[0];
  if (!scene) throw damaged(0, 'there is no scene in it');
  return scene;
};

export const sceneFacts = (rows: Rows): OfScene => {
  const scene = activeScene(rows);
  const camera = rows.at(pointer(scene, 'camera'));
  const layers = [...rows.of('ViewLayer'), ...rows.of('SceneRenderLayer')];
  const border = borderOf(scene);
  return {
    scene: rows.nameOf(scene),
    scenes: rows.of('Scene').map(rows.nameOf),
    frameStart: within(scene, 'r.sfra', -MAX_FRAME, MAX_FRAME),
    frameEnd: within(scene, 'r.efra', -MAX_FRAME, MAX_FRAME),
    frameStep: Math.max(1, within(scene, 'r.frame_step', 0, MAX_FRAME)),
    fps: fpsOf(scene),
    width: within(scene, 'r.xsch', 1, MAX_PIXELS),
    height: within(scene, 'r.ysch', 1, MAX_PIXELS),
    percent: within(scene, 'r.size', 1, 32_767),
    engine: text(scene, 'r.engine') ?? '',
    camera: camera && rows.nameOf(camera),
    cameras: rows
      .of('Object')
      .filter((object) => number(object, 'type') === CAMERA)
      .map(rows.nameOf),
    viewLayers: layers.filter(({ owner }) => owner === scene.owner).map((layer) => text(layer, 'name') ?? ''),
    format: formatName(number(scene, 'r.im_format.imtype') ?? number(scene, 'r.imtype') ?? -1),
    outputPath: (text(scene, 'r.pic') ?? '').replaceAll('\\', '/'),
    usesCompositor: hasBit(scene, 'r.scemode', COMPOSITING) && hasCompositorNodes(scene),
    usesSequencer: usesSequencer(rows, scene),
    cycles: cyclesOf(rows, scene),
    ...(border ? { border } : {}),
  };
};

const within = (scene: Row, field: string, least: number, most: number): number => {
  const value = number(scene, field);
  if (value === undefined) throw damaged(scene.offset, `its scene has no field ${field}`);
  if (value >= least && value <= most) return value;
  throw damaged(scene.offset, `its scene has ${field} = ${value}, which must be from ${least} to ${most}`);
};

const fpsOf = (scene: Row): SceneFacts['fps'] => {
  const frames = within(scene, 'r.frs_sec', 1, 32_767);
  return frameRate(frames, within(scene, 'r.frs_sec_base', 1e-6, 1e6));
};

const borderOf = (scene: Row): SceneFacts['border'] => {
  if (!hasBit(scene, 'r.mode', BORDER)) return undefined;
  return {
    left: within(scene, 'r.border.xmin', 0, 1),
    right: within(scene, 'r.border.xmax', 0, 1),
    bottom: within(scene, 'r.border.ymin', 0, 1),
    top: within(scene, 'r.border.ymax', 0, 1),
    crop: hasBit(scene, 'r.mode', CROP),
  };
};

/** Since 5.0 the compositor is a node group of its own; before, it was a tree inside of the scene. */
const hasCompositorNodes = (scene: Row): boolean =>
  pointer(scene, 'compositing_node_group') !== 0n ||
  (hasBit(scene, 'use_nodes', 0xff) && pointer(scene, 'nodetree') !== 0n);

const cyclesOf = (rows: Rows, scene: Row): SceneFacts['cycles'] => {
  // Since 5.0 what the user interface shows is kept apart from what users add themselves.
  const groups = ['id.system_properties', 'id.properties'].map((field) =>
    propertyGroup(rows, scene.owner, pointer(scene, field)).group('cycles'),
  );
  const find = (name: string): number | undefined =>
    groups.map((group) => group.number(name)).find((value) => value !== undefined);
  const flag = (name: string): boolean | undefined => {
    const value = find(name);
    return value === undefined ? undefined : value !== 0;
  };
  return {
    samples: find('samples'),
    adaptiveSampling: flag('use_adaptive_sampling'),
    denoise: flag('use_denoising'),
    osl: flag('shading_system') ?? false,
  };
};
