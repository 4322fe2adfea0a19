import { Hono } from 'hono';
import { assetsRequest, renderRequest, steerRequest } from '#events/request.ts';
import { Fault } from '#shared/core/fault.ts';
import { positionOf } from '#shared/core/frame-range.ts';
import type { LogEvent, Phase } from '#shared/core/render-events.ts';
import type { RenderState } from '#shared/core/render-state.ts';
import { sliceStream } from '#shared/core/slice-state.ts';
import type { Ports } from '#shared/ports.ts';
import { readRender } from '#shared/usecases/journal.ts';
import { cancelRender, retryRender } from '#shared/usecases/steer-render.ts';
import { currentPlan } from '#shared/usecases/stored-plan.ts';
import { offerAssets, submitRender } from '#shared/usecases/submit-render.ts';
import type { LeasePolicy } from '#shared/usecases/work-order.ts';
import { readBody } from './body.ts';

export type RenderNeeds = Pick<Ports, 'clock' | 'renders' | 'work' | 'scenes' | 'queue' | 'pool'>;

const WHO = 'api';
const MOST_LISTED = 1000;

/** What people and programs ask of renders: the same routes on every cloud. Times on the wire are ISO 8601. */
export function renderRoutes(ports: RenderNeeds, policy: LeasePolicy): Hono {
  const app = new Hono();
  const submit = submitRender(ports, WHO);
  const offer = offerAssets(ports, policy);

  app.get('/healthz', ({ json }) => json({ ok: true }));
  app.post('/assets', async ({ req, json }) => json(await offer(await readBody(req, assetsRequest))));
  app.post('/renders', async ({ req, json }) => {
    const { state, opened } = await submit(await readBody(req, renderRequest));
    return json(headline(state), opened ? 202 : 200);
  });
  app.get('/renders', async ({ req, json }) => {
    const { phase, shot, limit } = req.query();
    const filter = { ...(phase ? { phases: phase.split(',') as Phase[] } : {}), ...(shot ? { shot } : {}) };
    const heads: unknown[] = [];
    for await (const head of ports.renders.list(filter)) {
      if (heads.push(isoTimes(head)) >= Math.min(Number(limit ?? MOST_LISTED) || MOST_LISTED, MOST_LISTED))
        break;
    }
    return json({ renders: heads });
  });
  app.get('/renders/:id', async ({ req, json }) => json(await wholeStory(ports, req.param('id'))));
  app.get('/renders/:id/events', async ({ req, json }) => {
    const { renderId } = await readRender(ports, req.param('id'));
    return json({ events: (await ports.renders.read(renderId)).map(isoTimes) });
  });
  app.get('/renders/:id/frames/:frame', async ({ req, json }) =>
    json(await frameStory(ports, req.param('id'), req.param('frame'))),
  );
  app.post('/renders/:id/cancel', async ({ req, json }) => {
    const { why = 'asked for through the API' } = await readBody(req, steerRequest);
    return json(headline(await cancelRender(ports)(req.param('id'), { who: WHO, why })));
  });
  app.post('/renders/:id/retry', async ({ req, json }) => {
    const { why = 'asked for through the API' } = await readBody(req, steerRequest);
    return json(headline(await retryRender(ports)(req.param('id'), { who: WHO, why })), 202);
  });
  return app;
}

const headline = ({ renderId, shot, name, shotVersion, phase }: RenderState) => ({
  renderId,
  shot,
  name,
  version: shotVersion,
  phase,
});

async function wholeStory(ports: RenderNeeds, renderId: string) {
  const state = await readRender(ports, renderId);
  const { plan, generation } = state;
  const units = plan && (await ports.renders.answer(renderId, { planned: plan.units, generation }));
  return isoTimes({
    ...headline(state),
    generation,
    settings: state.settings,
    missingInputs: state.missing,
    units: units && { planned: units.planned, done: units.done, failed: units.failed },
    slices: plan?.slices,
    workers: (await ports.renders.pulses(renderId)).map(isoTimes),
    failure: state.failure,
    missingFrames: state.missingFrames,
    place: state.place,
    files: state.files,
    createdAt: state.createdAt,
    changedAt: state.changedAt,
  });
}

/** All that the log knows of one frame: the render's own steps, and those of the slices that it is in. */
async function frameStory(ports: RenderNeeds, renderId: string, text: string) {
  const frame = Number(text);
  const state = await readRender(ports, renderId);
  const { plan } = await currentPlan(ports, state);
  const position = Number.isSafeInteger(frame) ? positionOf(plan.frames, frame) : undefined;
  if (position === undefined) {
    throw new Fault('NOT_FOUND', `render ${renderId} has no frame "${text}"`);
  }
  const streams = new Set(['render']);
  for (const [index, slice] of plan.slices.entries()) {
    if (position >= slice.position && position < slice.position + slice.count)
      streams.add(sliceStream(index));
  }
  const events: LogEvent[] = (await ports.renders.read(renderId)).filter(({ stream }) => streams.has(stream));
  return { renderId, frame, phase: state.phase, events: events.sort((a, b) => a.at - b.at).map(isoTimes) };
}

const TIMES = new Set(['at', 'createdAt', 'changedAt', 'leaseExpiresAt']);

/** Epoch milliseconds as ISO 8601, wherever an object of ours has a time. */
const isoTimes = (value: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      TIMES.has(key) && typeof inner === 'number' ? new Date(inner).toISOString() : inner,
    ]),
  );
