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

/** What a slice still owes: units that have to be tried, and units that failed for good. */
export interface OwedUnits {
  readonly open: readonly UnitRun[];
  readonly failed: readonly UnitRun[];
}

export async function owedUnits(
  ports: Pick<Ports, 'renders' | 'work'>,
  state: RenderState,
  slice: SliceState,
  within: UnitRun,
): Promise<OwedUnits> {
  const undone = await undoneUnits(ports, state.renderId, within);
  const { plan } = await currentPlan(ports, state);
  const frameCount = countFrames(plan.frames);
  const failed = runsOf(
    [...unitsOf(undone)].filter((unit) => {
      const { part, position } = unitPlace(unit, frameCount);
      return verdict(slice, frameAt(plan.frames, position) as number, part) !== undefined;
    }),
  );
  return { open: subtractRuns(undone, failed), failed };
}
