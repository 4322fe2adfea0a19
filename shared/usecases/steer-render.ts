import { Fault } from '#shared/core/fault.ts';
import { countFrames } from '#shared/core/frame-range.ts';
import { sliceUnits } from '#shared/core/plan.ts';
import { isFinal, type RenderState } from '#shared/core/render-state.ts';
import { countUnits, runsOf } from '#shared/core/unit-runs.ts';
import type { Ports } from '#shared/ports.ts';
import { readRender, recordRender } from './journal.ts';
import { undoneUnits } from './owed-units.ts';
import { currentPlan } from './stored-plan.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'queue' | 'pool'>;

/** Stops a render for good: what runs is ended, what is finished stays. Quiet when it is over already. */
export const cancelRender =
  (ports: Needs) =>
  async (
    renderId: string,
    { who, why }: { readonly who: string; readonly why: string },
  ): Promise<RenderState> => {
    const { state } = await recordRender(ports, renderId, who, ({ phase }) =>
      isFinal(phase) ? [] : [{ type: 'cancelled', why }],
    );
    if (state.phase === 'cancelled') await ports.pool.terminate(renderId, why);
    return state;
  };

/** Renders again what is missing, and nothing else. CONFLICT while the render still runs or misses nothing. */
export const retryRender =
  (ports: Needs) =>
  async (
    renderId: string,
    { who, why }: { readonly who: string; readonly why: string },
  ): Promise<RenderState> => {
    const before = await readRender(ports, renderId);
    if (before.phase === 'done')
      throw new Fault('REFUSED', `render ${renderId} is done: no frame is missing`);
    if (!isFinal(before.phase)) throw new Fault('REFUSED', `render ${renderId} is still ${before.phase}`);
    const { state } = await recordRender(ports, renderId, who, (now) =>
      isFinal(now.phase) && now.phase !== 'done' ? [{ type: 'retried', why }] : [],
    );
    if (state.phase === 'planning') await ports.queue.send({ type: 'plan-render', renderId });
    if (state.phase === 'rendering') {
      const slices = runsOf(await unfinishedSlices(ports, state));
      await ports.queue.send({ type: 'dispatch-slices', renderId, slices: slices.map(([f, n]) => [f, n]) });
    }
    return state;
  };

async function unfinishedSlices(ports: Needs, state: RenderState): Promise<readonly number[]> {
  const { plan } = await currentPlan(ports, state);
  const frameCount = countFrames(plan.frames);
  const unfinished: number[] = [];
  for (const [index, slice] of plan.slices.entries()) {
    const left = await undoneUnits(ports, state.renderId, sliceUnits(slice, frameCount));
    if (countUnits(left) > 0) unfinished.push(index);
  }
  return unfinished;
}
