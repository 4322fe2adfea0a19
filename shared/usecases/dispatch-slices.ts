import type { MessageOf } from '#events/messages.ts';
import { countFrames } from '#shared/core/frame-range.ts';
import { type PlannedSlice, sliceUnits, type UnitRun } from '#shared/core/plan.ts';
import { allAnswered, type RenderState, undispatched } from '#shared/core/render-state.ts';
import { awaitsSubmission, foldSlice, type SliceState, sliceStream } from '#shared/core/slice-state.ts';
import { countUnits, unitsOf } from '#shared/core/unit-runs.ts';
import type { Ports } from '#shared/ports.ts';
import { readRender, recordRender, recordSlice } from './journal.ts';
import { owedUnits } from './owed-units.ts';
import { currentPlan } from './stored-plan.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'pool' | 'signer' | 'queue'>;

const WHO = 'dispatch-slices';
/** What one array job holds on AWS; the same everywhere, so that submissions are the same everywhere. */
const MOST_SLICES = 10_000;
/** A submission may wait this long for a machine before its grant is of no use. */
const GRANT_MS = 7 * 24 * 3600 * 1000;
const DEFAULT_PRIORITY = 50;

/**
 * Sends to the pool what no submission covers. Submitting comes first and is idempotent under a derived
 * id, recording follows: after a crash between the two, the same message does both again, harmlessly.
 */
export const dispatchSlices =
  (ports: Needs) =>
  async ({ renderId, slices = [] }: MessageOf<'dispatch-slices'>): Promise<void> => {
    const state = await readRender(ports, renderId);
    if (state.phase !== 'rendering' || !state.plan) return;
    for (const run of undispatched(state)) {
      for (let first = run[0]; first < run[0] + run[1]; first += MOST_SLICES) {
        await dispatchRun(ports, state, [first, Math.min(MOST_SLICES, run[0] + run[1] - first)]);
      }
    }
    const { plan } = await currentPlan(ports, state);
    for (const index of unitsOf(slices)) {
      const slice = plan.slices[index];
      if (slice) await dispatchAgain(ports, state, index, slice, countFrames(plan.frames));
    }
  };

async function dispatchRun(ports: Needs, state: RenderState, slices: UnitRun): Promise<void> {
  const { renderId } = state;
  const submission = `${renderId}.${slices[0]}-${slices[0] + slices[1] - 1}`;
  await submit(ports, state, submission, slices, []);
  await recordRender(ports, renderId, WHO, (now) =>
    now.phase === 'rendering' &&
    undispatched(now).some(([first, count]) => first <= slices[0] && slices[0] < first + count)
      ? [{ type: 'dispatched', submission, pool: ports.pool.name, slices }]
      : [],
  );
}

/** One more attempt of a slice whose last one has ended without answering everything. */
async function dispatchAgain(
  ports: Needs,
  state: RenderState,
  index: number,
  slice: PlannedSlice,
  frameCount: number,
): Promise<void> {
  const { renderId, generation } = state;
  const before = foldSlice(await ports.renders.read(renderId, sliceStream(index)), generation);
  if (!awaitsSubmission(before, generation)) return;
  const owed = await owedUnits(ports, state, before, sliceUnits(slice, frameCount));
  const left = owed.open;
  if (countUnits(owed.failed) > 0) await giveUp(ports, state, owed.failed);
  if (countUnits(left) === 0) return;
  const tries = before.attempts + before.losses;
  const submission = `${renderId}.${index}.g${generation}-${tries}`;
  await submit(ports, state, submission, [index, 1], before.avoid);
  await recordSlice(ports, { renderId, slice: index, generation, who: WHO }, (now) =>
    awaitsSubmission(now, generation) && now.attempts + now.losses === tries
      ? [{ type: 'requeued', submission, generation, why: whyAgain(now, countUnits(left)) }]
      : [],
  );
}

/** What failed for good is answered, too; the last answer of a render calls for its assembly. */
async function giveUp(ports: Needs, state: RenderState, failed: readonly UnitRun[]): Promise<void> {
  const { renderId, generation, plan } = state;
  const tally = await ports.renders.answer(renderId, { planned: plan?.units ?? 0, generation, failed });
  if (allAnswered(state, tally)) await ports.queue.send({ type: 'assemble-render', renderId });
  if (!plan?.complete) await ports.queue.send({ type: 'plan-render', renderId });
}

const whyAgain = (slice: SliceState, units: number): string =>
  `${units} left after attempt ${slice.attempts}${slice.lastReason ? `: ${slice.lastReason.message}` : ''}`;

async function submit(
  ports: Needs,
  { renderId, sceneId, settings }: RenderState,
  id: string,
  slices: UnitRun,
  avoid: readonly string[],
): Promise<void> {
  const grant = await ports.signer.sign(
    { kind: 'submission', renderId, submission: id, slices },
    ports.clock.now() + GRANT_MS,
  );
  await ports.pool.submit({
    id,
    renderId,
    slices,
    grant,
    priority: settings.priority ?? DEFAULT_PRIORITY,
    avoid,
    sceneId: sceneId as string,
    ...(settings.gpuMemoryMiB === undefined ? {} : { gpuMemoryMiB: settings.gpuMemoryMiB }),
  });
}
