import { Fault } from '../fault.ts';
import type { SceneFacts } from '../scene-facts.ts';

type BlenderVersion = readonly [major: number, minor: number, patch?: number];

/**
 * True when a later release than `blender` saved the scene. Patch releases do not count: they share the format.
 * Measured on 3.4.1: it opens scenes of 3.6 with losses, crashes on those of 4.x, and does not know those of 5.x.
 */
export const isNewerThan = (facts: Pick<SceneFacts, 'savedBy'>, blender: BlenderVersion): boolean => {
  const { major, minor } = facts.savedBy;
  return major > blender[0] || (major === blender[0] && minor > blender[1]);
};

/** Throws UNSUPPORTED_SCENE, naming both versions and the ways out, when the scene is newer than `blender`. */
export const refuseNewer = (facts: Pick<SceneFacts, 'savedBy'>, blender: BlenderVersion): void => {
  if (!isNewerThan(facts, blender)) return;
  const { major, minor } = facts.savedBy;
  throw new Fault(
    'UNSUPPORTED_SCENE',
    `the scene was saved by Blender ${major}.${minor}, and this Blender is ${blender.join('.')}: it would lose data ` +
      `or crash. Use Blender ${major}.${minor} or newer here, or save the scene with Blender ${blender[0]}.${blender[1]}`,
    { details: { savedBy: `${major}.${minor}`, blender: blender.join('.') } },
  );
};
