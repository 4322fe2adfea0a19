import type { LeaseAnswer, LeaseRequest, WorkOrder } from '#events/lease.ts';
import { type SceneManifest, sceneManifest } from '#events/scene.ts';
import { Fault } from '#shared/core/fault.ts';
import { unfitReason } from '#shared/core/fitness.ts';
import { countFrames, frameAt } from '#shared/core/frame-range.ts';
import { keys } from '#shared/core/keys.ts';
import { sliceUnits, type UnitRun, unitPlace } from '#shared/core/plan.ts';
import type { RenderState } from '#shared/core/render-state.ts';
import { foldSlice, liveLease, type SliceState, sliceStream } from '#shared/core/slice-state.ts';
import { countUnits, unitsOf } from '#shared/core/unit-runs.ts';
import type { Ports } from '#shared/ports.ts';
import { readJson } from './documents.ts';
import { type SubmissionGrant, submissionOf } from './grants.ts';
import { readRender, recordSlice } from './journal.ts';
import { owedUnits } from './owed-units.ts';
import { currentPlan, type StoredPlan } from './stored-plan.ts';
import { type LeasePolicy, orderSettings, wantsMovie } from './work-order.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'signer'>;

const nothing = (reason: string): LeaseAnswer => ({ answer: 'nothing', reason });

/**
 * Gives a worker the next attempt of a slice: exactly the frames that nobody has answered yet. The attempt's
 * number is drawn by appending to the slice's log, so two workers never hold the same one.
 */
export const leaseSlice =
  (ports: Needs, policy: LeasePolicy) =>
  async (token: string, request: LeaseRequest): Promise<LeaseAnswer> => {
    const grant = await submissionOf(ports, token);
    const state = await readRender(ports, grant.renderId);
    if (state.phase !== 'rendering') return nothing(`the render is ${state.phase}`);
    const stored = await currentPlan(ports, state);
    const index = grant.slices[0] + request.index;
    const slice = stored.plan.slices[index];
    if (!slice || request.index >= grant.slices[1]) {
      throw new Fault(
        'FORBIDDEN',
        `child ${request.index} is not part of the submission ${grant.submission}`,
      );
    }
    const unfit = unfitReason(stored.facts, stored.settings, request.capabilities);
    if (unfit) return { answer: 'unfit', reason: unfit };
    const pulse = (await ports.renders.pulses(grant.renderId)).find((last) => last.slice === index);
    const before = foldSlice(await ports.renders.read(grant.renderId, sliceStream(index)), state.generation);
    const busy = holder(before, grant, request, ports.clock.now(), pulse);
    if (busy) return busy;
    const units = sliceUnits(slice, countFrames(stored.plan.frames));
    const { open: left } = await owedUnits(ports, state, before, units);
    if (countUnits(left) === 0) return nothing('every frame of the slice has its answer');
    return await lease(ports, policy, { grant, request, state, stored, index, before, left });
  };

/** The wait that another worker's lease asks for; `undefined` when the slice is free to take. */
function holder(
  slice: SliceState,
  grant: SubmissionGrant,
  request: LeaseRequest,
  now: number,
  pulse: { readonly attempt: number; readonly leaseExpiresAt: number } | undefined,
): LeaseAnswer | undefined {
  const extended = pulse?.attempt === slice.last?.attempt ? pulse?.leaseExpiresAt : undefined;
  const live = liveLease(slice, now, extended);
  if (!live) return undefined;
  // A later execution of the same child, or the holder itself, whose answer was lost on the way.
  const successor = live.submission === grant.submission && live.run < request.run;
  if (successor || live.worker === request.worker) return undefined;
  const expiresAt = Math.max(live.leaseExpiresAt, extended ?? 0);
  return {
    answer: 'wait',
    retryAfterMs: Math.min(Math.max(expiresAt - now, 100), 5000),
    reason: `${live.worker} holds attempt ${live.attempt}`,
  };
}

interface Lease {
  readonly grant: SubmissionGrant;
  readonly request: LeaseRequest;
  readonly state: RenderState;
  readonly stored: StoredPlan;
  readonly index: number;
  readonly before: SliceState;
  readonly left: readonly UnitRun[];
}

async function lease(ports: Needs, policy: LeasePolicy, context: Lease): Promise<LeaseAnswer> {
  const { grant, request, state, index, before, left } = context;
  const { renderId, generation } = state;
  const attempt = before.attempts + 1;
  const leaseExpiresAt = ports.clock.now() + policy.leaseMs;
  const { recorded } = await recordSlice(
    ports,
    { renderId, slice: index, generation, who: request.worker },
    (now) =>
      now.version === before.version
        ? [
            {
              type: 'leased',
              attempt,
              worker: request.worker,
              submission: grant.submission,
              run: request.run,
              generation,
              leaseExpiresAt,
              frames: countUnits(left),
            },
          ]
        : [],
  );
  if (recorded.length === 0)
    return { answer: 'wait', retryAfterMs: 100, reason: 'another worker was faster' };
  return { answer: 'work', order: await workOrder(ports, policy, context, attempt, leaseExpiresAt) };
}

async function workOrder(
  ports: Needs,
  policy: LeasePolicy,
  { request, state, stored, index, left }: Lease,
  attempt: number,
  leaseExpiresAt: number,
): Promise<WorkOrder> {
  const { renderId } = state;
  const { plan, sceneId, settings } = stored;
  const frameCount = countFrames(plan.frames);
  const partIndex = plan.slices[index]!.part;
  const part = plan.parts[partIndex]!;
  return {
    renderId,
    slice: index,
    attempt,
    grant: await ports.signer.sign(
      { kind: 'attempt', renderId, slice: index, attempt, worker: request.worker },
      ports.clock.now() + policy.attemptMs,
    ),
    leaseExpiresAt,
    beatMs: policy.beatMs,
    scene: await sceneFiles(ports, policy, sceneId),
    frames: [...unitsOf(left)].map(
      (unit) => frameAt(plan.frames, unitPlace(unit, frameCount).position) as number,
    ),
    part,
    partIndex,
    settings: orderSettings(settings),
    movie: part.kind === 'whole' && wantsMovie(settings),
    limits: policy.limits,
  };
}

async function sceneFiles(ports: Needs, policy: LeasePolicy, sceneId: string): Promise<WorkOrder['scene']> {
  const scene: SceneManifest | undefined = await readJson(ports.work, keys.scene(sceneId), sceneManifest);
  if (!scene) throw new Fault('UNAVAILABLE', `the scene ${sceneId} cannot be read yet`);
  const files = scene.files.map(async (file) => ({
    ...file,
    url: await ports.work.presignGet(keys.asset(file.sha256), { expiresInMs: policy.urlMs }),
  }));
  return { id: sceneId, main: scene.main, files: await Promise.all(files) };
}
