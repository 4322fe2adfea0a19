import type { MessageOf } from '#events/messages.ts';
import { sceneManifest } from '#events/scene.ts';
import { Fault } from '#shared/core/fault.ts';
import { unfitReason } from '#shared/core/fitness.ts';
import { countFrames } from '#shared/core/frame-range.ts';
import { keys } from '#shared/core/keys.ts';
import type { Plan } from '#shared/core/plan.ts';
import type { Reason } from '#shared/core/render-events.ts';
import type { RenderState } from '#shared/core/render-state.ts';
import { planRest, planRender as planSlices } from '#shared/core/slicing.ts';
import type { Ports } from '#shared/ports.ts';
import { createJson, readJson } from './documents.ts';
import { readRender, recordRender } from './journal.ts';
import { measuredScouts } from './scouts.ts';
import { currentPlan, readPlan, type StoredPlan } from './stored-plan.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'scenes' | 'pool' | 'queue'>;

const WHO = 'plan-render';

/** Cuts a render into slices; where scouts go first, cuts the rest once they are back. */
export const planRender =
  (ports: Needs) =>
  async ({ renderId }: MessageOf<'plan-render'>): Promise<void> => {
    const state = await readRender(ports, renderId);
    if (state.phase === 'planning') await planFirst(ports, state);
    else if (state.phase === 'rendering' && state.plan && !state.plan.complete) await planOn(ports, state);
    // Also when it was planned before: the message that should have followed may never have been sent.
    await ports.queue.send({ type: 'dispatch-slices', renderId });
  };

async function planFirst(ports: Needs, state: RenderState): Promise<void> {
  try {
    const sceneId = state.sceneId as string;
    const scene = await readJson(ports.work, keys.scene(sceneId), sceneManifest);
    const main = scene?.files.find((file) => file.path === scene.main);
    if (!main) throw new Fault('UNAVAILABLE', `the scene ${sceneId} cannot be read yet`);
    const facts = await ports.scenes.facts('work', keys.asset(main.sha256));
    const able = await ports.pool.capabilities();
    const unfit = able && unfitReason(facts, state.settings, able);
    if (unfit) throw new Fault('UNSUPPORTED_SCENE', unfit);
    const { plan, warnings } = planSlices({ facts, settings: state.settings, slots: able?.slots ?? 1 });
    await keep(
      ports,
      state,
      { type: 'plan.v1', sceneId, plan, facts, settings: state.settings },
      warnings,
      1,
    );
  } catch (error) {
    if (!(error instanceof Fault) || error.retryable) throw error;
    const { code, message } = error;
    await recordRender(ports, state.renderId, WHO, ({ phase }) =>
      phase === 'planning' ? [{ type: 'failed', code, message }] : [],
    );
  }
}

async function planOn(ports: Needs, state: RenderState): Promise<void> {
  const stored = await currentPlan(ports, state);
  const seconds = await measuredScouts(ports, state, stored.plan);
  if (!seconds) return;
  const able = await ports.pool.capabilities();
  const targetMs =
    state.settings.slice && 'targetMs' in state.settings.slice ? state.settings.slice.targetMs : 60_000;
  const plan = planRest({ plan: stored.plan, scouts: seconds, targetMs, slots: able?.slots ?? 1 });
  await keep(ports, state, { ...stored, plan }, [], (state.plan?.round ?? 1) + 1);
}

/** The plan is written first, create-only; whoever wrote it, all go on with what stands there. */
async function keep(
  ports: Needs,
  { renderId }: RenderState,
  plan: StoredPlan,
  warnings: readonly Reason[],
  round: number,
): Promise<void> {
  await createJson(ports.work, keys.plan(renderId, round), plan);
  const kept: Plan = (await readPlan(ports, renderId, round)).plan;
  const frameCount = countFrames(kept.frames);
  await recordRender(ports, renderId, WHO, ({ plan: before, phase }) =>
    (before?.round ?? 0) >= round || (phase !== 'planning' && phase !== 'rendering')
      ? []
      : [
          {
            type: 'planned',
            round,
            units: frameCount * kept.parts.length,
            frameCount,
            slices: kept.slices.length,
            complete: kept.complete,
            warnings,
          },
        ],
  );
}
