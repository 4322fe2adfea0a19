import type { MessageOf } from '#events/messages.ts';
import { type Report, report as reportSchema } from '#events/report.ts';
import { Fault } from '#shared/core/fault.ts';
import { countFrames, positionOf } from '#shared/core/frame-range.ts';
import { keys } from '#shared/core/keys.ts';
import { type PlannedSlice, sliceUnits, unitOf } from '#shared/core/plan.ts';
import { allAnswered, type RenderState } from '#shared/core/render-state.ts';
import { countUnits, runsOf } from '#shared/core/unit-runs.ts';
import type { Ports, Tally } from '#shared/ports.ts';
import { readJson } from './documents.ts';
import { readRender, recordRender, recordSlice } from './journal.ts';
import { undoneUnits } from './owed-units.ts';
import { currentPlan, type StoredPlan } from './stored-plan.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'queue' | 'pool' | 'log'>;

const WHO = 'collect-report';

/**
 * Fan-in. Adds what a report says to the render's sets, then does what is owed by the state that results:
 * another attempt, more slices, or assembly. Any order, any repetition of reports leads to the same end.
 */
export const collectReport =
  (ports: Needs) =>
  async ({ renderId, slice: index, attempt }: MessageOf<'collect-report'>): Promise<void> => {
    const state = await readRender(ports, renderId);
    const key = keys.report(renderId, index, attempt);
    const told = await readJson(ports.work, key, reportSchema);
    if (!told) throw new Fault('NOT_FOUND', `there is no report ${key}`);
    const stored = await currentPlan(ports, state);
    const slice = stored.plan.slices[index];
    if (!slice) throw new Fault('INVALID_MESSAGE', `${key}: render ${renderId} has no slice ${index}`);
    checkReport(told, { renderId, index, attempt }, stored, slice);
    await recordReport(ports, state, told);
    if (told.ended === 'refused') await refuse(ports, renderId, told);
    await settle(ports, renderId, await answer(ports, state, stored, told), stored, index);
  };

/** A report speaks for its own attempt only, and of frames of its own slice only. */
function checkReport(
  told: Report,
  expected: { readonly renderId: string; readonly index: number; readonly attempt: number },
  { plan }: StoredPlan,
  slice: PlannedSlice,
): void {
  const { renderId, index, attempt } = expected;
  const name = keys.report(renderId, index, attempt);
  if (told.renderId !== renderId || told.slice !== index || told.attempt !== attempt) {
    throw new Fault('INVALID_MESSAGE', `${name} speaks for ${told.renderId} ${told.slice}-${told.attempt}`);
  }
  const prefix = keys.attemptFile(renderId, index, attempt, '');
  for (const { key } of [
    ...told.frames,
    ...(told.segment ? [told.segment] : []),
    ...(told.log ? [told.log] : []),
  ]) {
    if (!key.startsWith(prefix))
      throw new Fault('INVALID_MESSAGE', `${name} names ${key}, outside of ${prefix}`);
  }
  for (const { frame, part } of [...told.frames, ...told.failures]) {
    const position = positionOf(plan.frames, frame);
    const own =
      position !== undefined && position >= slice.position && position < slice.position + slice.count;
    if (!own || part !== slice.part) {
      throw new Fault(
        'INVALID_MESSAGE',
        `${name} names frame ${frame} part ${part}, which is not in slice ${index}`,
      );
    }
  }
}

async function recordReport(ports: Needs, state: RenderState, told: Report): Promise<void> {
  const { renderId, slice, attempt, worker, ended, frames, failures, reason, warnings } = told;
  const place = { renderId, slice, generation: state.generation, who: worker };
  await recordSlice(ports, place, (now) =>
    now.reported.has(attempt)
      ? []
      : [
          {
            type: 'reported',
            attempt,
            worker,
            ended,
            framesDone: frames.length,
            seconds: (told.finishedAt - told.startedAt) / 1000,
            failures,
            ...(reason ? { reason } : {}),
            warnings: [...warnings, ...frames.flatMap((frame) => frame.warnings)].slice(0, 100),
          },
        ],
  );
}

/** No attempt would do better: the render ends here, saying why. */
async function refuse(ports: Needs, renderId: string, { reason }: Report): Promise<void> {
  const { code, message } = reason ?? { code: 'REFUSED', message: 'the worker refused the scene' };
  const { recorded } = await recordRender(ports, renderId, WHO, ({ phase }) =>
    phase === 'rendering' ? [{ type: 'failed', code, message }] : [],
  );
  if (recorded.length > 0) await ports.pool.terminate(renderId, message);
}

/** The units that the report brings are done, whatever else happens to the slice. */
async function answer(
  { renders }: Needs,
  { renderId, generation }: RenderState,
  { plan }: StoredPlan,
  told: Report,
): Promise<Tally> {
  const frameCount = countFrames(plan.frames);
  const done = runsOf(
    told.frames.map(({ frame, part }) => unitOf(positionOf(plan.frames, frame) as number, part, frameCount)),
  );
  return await renders.answer(renderId, { planned: frameCount * plan.parts.length, generation, done });
}

/** What the world must still be told, by the state as it is now. */
async function settle(
  ports: Needs,
  renderId: string,
  tally: Tally,
  { plan }: StoredPlan,
  index: number,
): Promise<void> {
  const state = await readRender(ports, renderId);
  if (state.phase !== 'rendering' || !state.plan) return;
  if (allAnswered(state, tally)) return await ports.queue.send({ type: 'assemble-render', renderId });
  if (!state.plan.complete) await ports.queue.send({ type: 'plan-render', renderId });
  const units = sliceUnits(plan.slices[index] as PlannedSlice, countFrames(plan.frames));
  if (countUnits(await undoneUnits(ports, renderId, units)) > 0) {
    await ports.queue.send({ type: 'dispatch-slices', renderId, slices: [[index, 1]] });
  }
}
