import { countFrames, frameAt } from '#shared/core/frame-range.ts';
import { type UnitRun, unitPlace } from '#shared/core/plan.ts';
import type { RenderState } from '#shared/core/render-state.ts';
import { type SliceState, verdict } from '#shared/core/slice-state.ts';
import { runsOf, subtractRuns, unitsOf } from '#shared/core/unit-runs.ts';
import type { Ports } from '#shared/ports.ts';
import { currentPlan } from './stored-plan.ts';

/** The units of a slice that are not done. */
export const undoneUnits = async (
  { renders }: Pick<Ports, 'renders'>,
  renderId: string,
  within: UnitRun,
): Promise<readonly UnitRun[]> => subtractRuns([within], await renders.doneUnits(renderId, within));

/** The units of a slice that still have to be tried: neither done nor failed for good. */
export async function unansweredUnits(
  ports: Pick<Ports, 'renders' | 'work'>,
  state: RenderState,
  slice: SliceState,
  within: UnitRun,
): Promise<readonly UnitRun[]> {
  const undone = await undoneUnits(ports, state.renderId, within);
  if (slice.failures.size === 0 && slice.brokenAttempts + slice.losses + slice.interruptions === 0)
    return undone;
  const { plan } = await currentPlan(ports, state);
  const frameCount = countFrames(plan.frames);
  return runsOf(
    [...unitsOf(undone)].filter((unit) => {
      const { part, position } = unitPlace(unit, frameCount);
      return verdict(slice, frameAt(plan.frames, position) as number, part) === undefined;
    }),
  );
}
