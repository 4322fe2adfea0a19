import type { FrameRange } from './frame-range.ts';
import type { Part } from './part.ts';

/**
 * How one render is cut. `frames` is in rendering order; a *unit* is one (frame, part), numbered
 * `part * frameCount + position`, so that a slice is always one run of units.
 */
export interface Plan {
  readonly frames: FrameRange;
  readonly parts: readonly Part[];
  readonly slices: readonly PlannedSlice[];
  /** False while more slices will be added, once the scouts have told how long a frame takes. */
  readonly complete: boolean;
}

/** A slice is `count` frames from `position` (0-based, in the plan's order) of one part. */
export interface PlannedSlice {
  readonly position: number;
  readonly count: number;
  readonly part: number;
}

/** A run of units: `[first, count]`. */
export type UnitRun = readonly [first: number, count: number];

/** Which units a slice renders. */
export function sliceUnits(slice: PlannedSlice, frameCount: number): UnitRun {
  return [slice.part * frameCount + slice.position, slice.count];
}

/** The part and the position in the plan's frames that a unit stands for. */
export const unitPlace = (
  unit: number,
  frameCount: number,
): { readonly part: number; readonly position: number } => ({
  part: Math.floor(unit / frameCount),
  position: unit % frameCount,
});

/** The unit of a frame's position and part. */
export const unitOf = (position: number, part: number, frameCount: number): number =>
  part * frameCount + position;
