import { Fault } from './fault.ts';
import { countFrames, type FrameRange, framesOf, sliceFrames } from './frame-range.ts';
import { frameSize } from './frame-size.ts';
import { sortFrames, spanOf } from './frames/sort.ts';
import { type Part, WHOLE } from './part.ts';
import type { Plan, PlannedSlice } from './plan.ts';
import type { Reason } from './render-events.ts';
import type { SceneFacts } from './scene-facts.ts';
import type { RenderSettings } from './settings.ts';
import {
  behindScouts,
  type Cut,
  evenCuts,
  evenSize,
  guidedCuts,
  middleFirst,
  scoutCount,
  scoutsFirst,
  slicesOf,
} from './slicing-cuts.ts';
import {
  type Asked,
  checkFormat,
  overridden,
  samplesOf,
  simulationRefusal,
  subsetRefusals,
  tileRefusals,
} from './slicing-refusals.ts';
import { tileRects } from './tile-rect.ts';

export interface PlanRequest {
  readonly facts: SceneFacts;
  readonly settings: RenderSettings;
  /** How many slices can be rendered at the same time. */
  readonly slots: number;
}

/**
 * Cuts a render into slices: every frame of every part is in exactly one. What would change the picture
 * is REFUSED, unless `force` names the refusal; then, and where the scene leaves no choice, a warning
 * says so. Slices stand in the order in which to render them.
 *
 * Nothing asked for: slices of up to 25 frames, at least two for each slot, finer towards the end.
 * `scout-first`: the first, the last and the middle frame alone; then the slices of the rest, middle first.
 * A target time: those three frames now, the rest by `planRest`.
 */
export function planRender({ facts, settings, slots }: PlanRequest): {
  readonly plan: Plan;
  readonly warnings: readonly Reason[];
} {
  const asked: Asked = { facts, settings };
  const frames = framesAsked(asked);
  const { parts, warnings } = partsAsked(asked);
  const frameCount = countFrames(frames);
  if (facts.simulations.length > 0 && frameCount > 1) {
    const { slice } = settings;
    const choice = parts.length > 1 || (slice && !('frames' in slice && slice.frames >= frameCount));
    if (choice) warnings.push(...overridden([simulationRefusal(asked)], asked));
    else return inOneSlice(asked, frames, parts, warnings);
  }
  return { plan: cutFrames(frames, parts, settings, Math.max(1, Math.floor(slots))), warnings };
}

/** Blender's MINAFRAME and MAXFRAME (DNA_scene_types.h); it clamps what lies beyond, and says nothing. */
const LAST_FRAME = 1_048_574;

function framesAsked({ facts, settings }: Asked): FrameRange {
  const { frameStart, frameEnd } = facts;
  const frameStep = Math.max(1, facts.frameStep);
  const length = Math.floor((frameEnd - frameStart) / frameStep) + 1;
  const frames = settings.frames ?? [{ start: frameStart, step: frameStep, count: Math.max(0, length) }];
  if (countFrames(frames) === 0) {
    const whose = settings.frames
      ? 'the frames asked for'
      : `the scene's own frames, ${frameStart} to ${frameEnd},`;
    throw new Fault('INVALID_FRAME_RANGE', `${whose} are none; set frames, such as 1-10`, {
      details: { field: 'frames' },
    });
  }
  const { lowest, highest } = spanOf(frames);
  if (lowest >= -LAST_FRAME && highest <= LAST_FRAME) return frames;
  const beyond = highest > LAST_FRAME ? highest : lowest;
  throw new Fault(
    'INVALID_FRAME_RANGE',
    `frame ${beyond}: Blender has frames from ${-LAST_FRAME} to ${LAST_FRAME}; stay within`,
    { details: { field: 'frames', value: beyond } },
  );
}

function partsAsked(asked: Asked): { readonly parts: readonly Part[]; readonly warnings: Reason[] } {
  const { tiles, sampleSubsets = 1 } = asked.settings;
  const tiled = tiles !== undefined && tiles.columns * tiles.rows > 1;
  if (tiled && sampleSubsets > 1) {
    throw new Fault(
      'INVALID_INPUT',
      'frames are cut into tiles or into sample subsets, not both; leave one of them out',
      {
        details: { field: 'sampleSubsets', value: sampleSubsets },
      },
    );
  }
  if (tiled) {
    checkFormat(asked, 'tile');
    const parts = tileParts(tiles);
    checkSize(asked, parts[0]!);
    return { parts, warnings: [...overridden(tileRefusals(asked), asked)] };
  }
  if (sampleSubsets <= 1) return { parts: [WHOLE], warnings: [] };
  checkFormat(asked, 'samples');
  const warnings = [...overridden(subsetRefusals(asked), asked)];
  return { parts: subsetParts(samplesOf(asked), sampleSubsets), warnings };
}

type Tile = Extract<Part, { kind: 'tile' }>;

function tileParts({ columns, rows, overlap }: NonNullable<RenderSettings['tiles']>): readonly Tile[] {
  return Array.from({ length: columns * rows }, (_, index) => ({
    kind: 'tile',
    column: index % columns,
    row: Math.floor(index / columns),
    columns,
    rows,
    overlap,
  }));
}

/** Too many tiles for the pixels are known before anything is rendered. */
function checkSize({ facts, settings }: Asked, tile: Tile): void {
  tileRects(tile, frameSize(facts, settings.resolution));
}

function subsetParts(total: number, subsets: number): readonly Part[] {
  if (subsets > total) {
    throw new Fault('INVALID_INPUT', `${subsets} sampleSubsets of ${total} samples; use at most ${total}`, {
      details: { field: 'sampleSubsets', value: subsets },
    });
  }
  const offsetOf = (index: number): number => Math.floor((total * index) / subsets);
  return Array.from({ length: subsets }, (_, index) => {
    const offset = offsetOf(index);
    return { kind: 'samples', offset, count: offsetOf(index + 1) - offset, total };
  });
}

/** A simulation runs in one slice from the lowest frame up, whatever order was asked for. */
function inOneSlice(asked: Asked, frames: FrameRange, parts: readonly Part[], warnings: readonly Reason[]) {
  const { facts } = asked;
  const count = countFrames(frames);
  const sorted = sortFrames(frames);
  const simulated = facts.simulations.join(', ');
  const [first] = sorted;
  const whole =
    !asked.settings.frames || (sorted.length === 1 && first?.start === facts.frameStart && first.step === 1);
  const forced = {
    code: 'simulation',
    message: `${simulated}: simulated without a bake, so the ${count} frames are rendered in one slice, in order; bake it to render them side by side`,
  };
  const partial = {
    code: 'simulation-partial',
    message: `${simulated}: simulated without a bake, and not every frame from the scene's first (${facts.frameStart}) is rendered; the picture may differ from the whole animation's`,
  };
  const slices: readonly PlannedSlice[] = [{ position: 0, count, part: 0 }];
  const plan: Plan = { frames: sorted, parts, slices, complete: true };
  return { plan, warnings: [...warnings, forced, ...(whole ? [] : [partial])] };
}

function cutFrames(
  frames: FrameRange,
  parts: readonly Part[],
  settings: RenderSettings,
  slots: number,
): Plan {
  const { slice, order } = settings;
  const count = countFrames(frames);
  const whole: Cut = { position: 0, count };
  const size = slice && 'frames' in slice ? slice.frames : undefined;
  if (slice && size === undefined) {
    const scouts = slicesOf(evenCuts({ position: 0, count: scoutCount(count) }, 1), parts.length);
    return { frames: scoutsFirst(frames), parts, slices: scouts, complete: count <= 3 };
  }
  if (order !== 'scout-first') {
    const cuts = size === undefined ? guidedCuts(whole, parts.length, slots) : evenCuts(whole, size);
    return { frames, parts, slices: slicesOf(cuts, parts.length), complete: true };
  }
  const scouts = [...evenCuts({ position: 0, count: scoutCount(count) }, 1)];
  const each = size ?? evenSize(count, parts.length, slots);
  const rest = behindScouts(count).flatMap((stretch) => [...evenCuts(stretch, each)]);
  const slices = slicesOf([...scouts, ...middleFirst(rest)], parts.length);
  return { frames: scoutsFirst(frames), parts, slices, complete: true };
}

/** How long one part of a scout's frame took. */
export interface ScoutTime {
  readonly frame: number;
  readonly seconds: number;
}

/** A slice in the tail is not made shorter than this share of the target. */
const FINEST = 1 / 8;

/**
 * Extends a plan behind its scouts: each slice lasts about the target, a frame being taken to last what
 * the scouts around it did (between two of them, in proportion; the target itself when no scout tells). The last slices are cut finer, so that
 * all slots finish together. A complete plan stays as it is; the slices that were there keep their numbers.
 */
export function planRest(request: {
  readonly plan: Plan;
  readonly scouts: readonly ScoutTime[];
  readonly targetMs: number;
  readonly slots: number;
}): Plan {
  const { plan, scouts } = request;
  if (plan.complete) return plan;
  const stretches = behindScouts(countFrames(plan.frames));
  const framesIn = ({ position, count }: Cut) => framesOf(sliceFrames(plan.frames, position, count));
  const target = request.targetMs / 1000;
  const secondsOf = interpolated(scouts, target);
  let left = 0;
  for (const stretch of stretches) for (const frame of framesIn(stretch)) left += secondsOf(frame);
  const share = (plan.parts.length / Math.max(1, Math.floor(request.slots))) * 0.5;
  const cuts: Cut[] = [];
  for (const stretch of stretches) {
    let [position, count, seconds] = [stretch.position, 0, 0];
    for (const frame of framesIn(stretch)) {
      const next = secondsOf(frame);
      const limit = Math.min(target, Math.max(target * FINEST, left * share));
      if (count > 0 && seconds + next / 2 > limit) {
        cuts.push({ position, count });
        left -= seconds;
        [position, count, seconds] = [position + count, 0, 0];
      }
      [count, seconds] = [count + 1, seconds + next];
    }
    cuts.push({ position, count });
    left -= seconds;
  }
  return { ...plan, slices: slicesOf(cuts, plan.parts.length, plan.slices), complete: true };
}

/** Faster than anything renders; keeps a measured 0 from putting all frames into one slice. */
const FASTEST_SECONDS = 0.001;

/** Seconds by frame: straight lines between the scouts, level beyond them; the mean where one has several. */
function interpolated(scouts: readonly ScoutTime[], unknown: number): (frame: number) => number {
  const told = Map.groupBy(scouts, ({ frame }) => frame);
  const knots = [...told].map(([frame, times]) => {
    const total = times.reduce((sum, { seconds }) => sum + Math.max(FASTEST_SECONDS, seconds), 0);
    return { frame, seconds: total / times.length };
  });
  knots.sort((a, b) => a.frame - b.frame);
  return (frame) => {
    const after = knots.find((knot) => knot.frame >= frame);
    const before = knots.findLast((knot) => knot.frame <= frame);
    if (!after || !before || after === before) return (after ?? before)?.seconds ?? unknown;
    const along = (frame - before.frame) / (after.frame - before.frame);
    return before.seconds + along * (after.seconds - before.seconds);
  };
}
