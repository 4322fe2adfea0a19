import { Fault } from './fault.ts';
import { sampleSubsetsNeedExr, tilesNeedLossless } from './part-formats.ts';
import type { SceneFacts } from './scene-facts.ts';
import type { Format, RenderSettings } from './settings.ts';

/** A way of slicing that would change the picture. `name` in the setting `force` overrides it. */
export interface Refusal {
  readonly name: string;
  readonly message: string;
}

export interface Asked {
  readonly facts: SceneFacts;
  readonly settings: RenderSettings;
}

/**
 * What the scene file leaves out is its Blender version's default: adaptive sampling and denoising are on
 * from 3.0 (cycles/properties.py), and files saved before that keep them off when a later version opens
 * them (cycles/version_update.py).
 */
const isOn = (value: boolean | undefined, { savedBy }: SceneFacts): boolean => value ?? savedBy.major >= 3;

const toldBy = (value: boolean | undefined): string =>
  value === undefined ? ' (the file says nothing, and it is the default since Blender 3.0)' : '';

/** Samples of a frame: as asked, or as the scene says, or the default of its Blender version. */
export const samplesOf = ({ facts, settings }: Asked): number =>
  settings.samples ?? facts.cycles.samples ?? (facts.savedBy.major >= 3 ? 4096 : 128);

/** Everything that speaks against rendering this scene's frames in the tiles that were asked for. */
export function tileRefusals({ facts, settings }: Asked): readonly Refusal[] {
  const { adaptiveSampling, denoise } = facts.cycles;
  const cycles = facts.engine === 'CYCLES';
  const refusals: Refusal[] = [];
  const refuse = (name: string, message: string): unknown => refusals.push({ name, message });
  if (!cycles) {
    refuse(
      'tiles-engine',
      `${facts.engine} takes as long for a tile as for the frame, and its screen-space effects end at a tile's edge; leave tiles out`,
    );
  }
  if (cycles && isOn(adaptiveSampling, facts) && !settings.tiles?.overlap) {
    refuse(
      'tiles-adaptive',
      `adaptive sampling${toldBy(adaptiveSampling)} shows the seams of tiles; switch it off in the scene, or give the tiles an overlap, such as 2x2+32`,
    );
  }
  if (cycles && isOn(denoise, facts)) {
    refuse(
      'tiles-denoise',
      `the denoiser${toldBy(denoise)} would see one tile at a time; switch it off in the scene, or leave tiles out`,
    );
  }
  if (facts.usesCompositor) {
    refuse(
      'tiles-compositor',
      'the compositor would see one tile at a time; switch it off in the scene, or leave tiles out',
    );
  }
  if (facts.usesSequencer) {
    refuse(
      'tiles-sequencer',
      'the sequencer shows whole frames; switch it off in the scene, or leave tiles out',
    );
  }
  return refusals;
}

/** Everything that speaks against rendering this scene's frames in subsets of their samples. */
export function subsetRefusals({ facts }: Asked): readonly Refusal[] {
  const { adaptiveSampling, denoise } = facts.cycles;
  const refusals: Refusal[] = [];
  const refuse = (name: string, message: string): unknown => refusals.push({ name, message });
  if (facts.engine !== 'CYCLES') {
    refuse(
      'samples-engine',
      `only Cycles can render some of a frame's samples, not ${facts.engine}; leave sampleSubsets out`,
    );
    return refusals;
  }
  if (isOn(adaptiveSampling, facts)) {
    refuse(
      'samples-adaptive',
      `adaptive sampling${toldBy(adaptiveSampling)} gives each subset other samples than the whole frame has; switch it off in the scene`,
    );
  }
  if (isOn(denoise, facts)) {
    refuse(
      'samples-denoise',
      `the denoiser${toldBy(denoise)} must see the merged frame, not a subset; switch it off in the scene`,
    );
  }
  if (facts.usesCompositor) {
    refuse(
      'samples-compositor',
      'the compositor must see the merged frame, not a subset; switch it off in the scene',
    );
  }
  if (facts.usesSequencer) {
    refuse(
      'samples-sequencer',
      'the sequencer must see the merged frame, not a subset; switch it off in the scene',
    );
  }
  return refusals;
}

/** What is simulated without a bake needs every frame before the one that it shows. */
export const simulationRefusal = ({ facts }: Asked): Refusal => ({
  name: 'simulation',
  message: `${facts.simulations.join(', ')}: simulated without a bake, so that a frame depends on all before it; bake it, or leave slice and tiles out and the frames are rendered in one slice, in order`,
});

/** Throws REFUSED unless every refusal is overridden by name; the overridden ones are left as warnings. */
export function overridden(
  refusals: readonly Refusal[],
  { settings }: Asked,
): readonly { readonly code: string; readonly message: string }[] {
  const held = refusals.filter(({ name }) => !settings.force?.includes(name));
  if (held.length > 0) {
    const names = held.map(({ name }) => name);
    const reasons = held.map(({ name, message }) => `${name}: ${message}`).join('. ');
    throw new Fault('REFUSED', `${reasons}. To slice all the same, set force: [${names.join(', ')}]`, {
      details: { field: 'force', refusals: names },
    });
  }
  return refusals.map(({ name, message }) => ({
    code: name,
    message: `sliced all the same, by force: ${message}`,
  }));
}

const FORMATS: Readonly<Record<string, Format>> = {
  PNG: 'png',
  OPEN_EXR: 'exr',
  OPEN_EXR_MULTILAYER: 'exr-multilayer',
  JPEG: 'jpeg',
  TIFF: 'tiff',
  WEBP: 'webp',
  BMP: 'bmp',
  TARGA: 'tga',
  TARGA_RAW: 'tga',
  HDR: 'hdr',
  DPX: 'dpx',
};

/** Throws INVALID_INPUT when frames of this format cannot be put together again from such parts. */
export function checkFormat({ facts, settings }: Asked, kind: 'tile' | 'samples'): void {
  const format = settings.format ?? FORMATS[facts.format];
  const reason = format && (kind === 'tile' ? tilesNeedLossless(format) : sampleSubsetsNeedExr(format));
  if (reason) throw new Fault('INVALID_INPUT', reason, { details: { field: 'format', value: format } });
}
