import type { Control, Refusal, RenderRecord, RenderRequest } from '#cli/control.ts';
import { reject as rejectSchema } from '#events/reject.ts';
import { type Report, report as reportSchema } from '#events/report.ts';
import type { SceneManifest } from '#events/scene.ts';
import { takeFile } from '#shared/adapters/local/scene-files.ts';
import { Fault } from '#shared/core/fault.ts';
import { keys } from '#shared/core/keys.ts';
import { foldRender } from '#shared/core/render-state.ts';
import type { BatchPool } from '#shared/ports.ts';
import { readJson, readText } from '#shared/usecases/documents.ts';
import { openRender } from '#shared/usecases/open-render.ts';
import { cancelRender, retryRender } from '#shared/usecases/steer-render.ts';
import { currentPlan } from '#shared/usecases/stored-plan.ts';
import type { LocalState } from './state.ts';

const WHO = 'dropframe';

/** The commands' way into what lies under a root; a running server hears of it through the queue. */
export function createControl(state: LocalState, pool: BatchPool): Control {
  const ports = { ...state, pool };
  return {
    submit: (request) => submit(state, request),
    list: () => Array.fromAsync(state.renders.list()),
    rejects: () => readRejects(state),
    read: (renderId) => readRecord(state, renderId),
    async reports(renderId, slice) {
      const found: Report[] = [];
      const prefix = keys.report(renderId, slice, 0).replace(/0\.json$/, '');
      for await (const { key } of state.work.list(prefix)) {
        const told = await readJson(state.work, key, reportSchema);
        if (told) found.push(told);
      }
      return found.sort((a, b) => a.attempt - b.attempt);
    },
    rendererLog: async ({ log }) => log && (await readText(state.work, log.key)),
    async cancel(renderId, why) {
      const { phase } = await cancelRender(ports)(renderId, { who: WHO, why });
      if (phase !== 'cancelled')
        throw new Fault('CONFLICT', `render ${renderId} ended before: it is ${phase}`);
    },
    async retry(renderId, why) {
      await retryRender(ports)(renderId, { who: WHO, why });
    },
    async close() {
      state.close();
    },
  };
}

async function submit(state: LocalState, request: RenderRequest): Promise<{ readonly renderId: string }> {
  const { scene, shot, name, askedVersion, settings, why } = request;
  const files: SceneManifest['files'] = [];
  for (const { path, source } of scene.files) files.push({ path, ...(await takeFile(state.work, source)) });
  const main = files.find(({ path }) => path === scene.main);
  if (!main) throw new Fault('INVALID_INPUT', `${scene.main} is not among the files of the scene`);
  const wish = {
    shot,
    name,
    ...(askedVersion === undefined ? {} : { askedVersion }),
    settings,
    who: WHO,
    why,
    mainSha256: main.sha256,
  };
  const opened = await openRender(state, wish, { type: 'scene.v1', main: scene.main, files });
  return { renderId: opened.state.renderId };
}

async function readRejects({ refused }: LocalState): Promise<readonly Refusal[]> {
  const found: Refusal[] = [];
  for await (const { key, modifiedAt } of refused.list('')) {
    try {
      const told = await readJson(refused, key, rejectSchema);
      if (told) found.push({ ...told, at: Date.parse(told.at) });
    } catch (error) {
      // It lies among the refusals, so it is shown as one.
      if (!(error instanceof Fault)) throw error;
      found.push({ subject: key, code: error.code, message: error.message, at: modifiedAt });
    }
  }
  return found;
}

async function readRecord(state: LocalState, renderId: string): Promise<RenderRecord | undefined> {
  const events = await state.renders.read(renderId);
  const folded = foldRender(
    renderId,
    events.filter(({ stream }) => stream === 'render'),
  );
  if (!folded) return undefined;
  const pulses = await state.renders.pulses(renderId);
  if (!folded.plan) return { renderId, events, doneUnits: [], pulses };
  const { units } = folded.plan;
  return {
    renderId,
    events,
    plan: (await currentPlan(state, folded)).plan,
    tally: await state.renders.answer(renderId, { planned: units, generation: folded.generation }),
    doneUnits: await state.renders.doneUnits(renderId, [0, units]),
    pulses,
  };
}
