import type { Manifest } from '#events/manifest.ts';
import { manifest as manifestSchema } from '#events/manifest.ts';
import type { MessageOf } from '#events/messages.ts';
import { type Report, report as reportSchema } from '#events/report.ts';
import { Fault } from '#shared/core/fault.ts';
import { keys } from '#shared/core/keys.ts';
import { allAnswered, type RenderState } from '#shared/core/render-state.ts';
import type { Ports } from '#shared/ports.ts';
import { buildManifest } from './build-manifest.ts';
import { createJson, readJson } from './documents.ts';
import { readRender, recordRender } from './journal.ts';
import { currentPlan } from './stored-plan.ts';
import { wantedDeliverables } from './work-order.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'queue' | 'deliveries'>;

const WHO = 'assemble-render';
/** Reports are small; reading this many at once hides the round trips of a cloud. */
const READ_AT_ONCE = 32;

/**
 * Decides, once, which frames a render consists of, and makes what people asked for out of them. The claim
 * is an event: of racing assemblers one works; when it dies its lease ends and the message is tried again.
 */
export const assembleRender =
  (ports: Needs, policy: { readonly holder: string; readonly leaseMs: number }) =>
  async ({ renderId }: MessageOf<'assemble-render'>): Promise<void> => {
    const state = await claim(ports, renderId, policy);
    if (!state) return;
    if (state.phase === 'assembling') {
      const manifest = await writeManifest(ports, state);
      await ports.deliveries.make(manifest, wantedDeliverables(state.settings));
      await recordRender(ports, renderId, WHO, ({ phase, assembly }) =>
        phase === 'assembling' && assembly?.holder === policy.holder
          ? [
              {
                type: 'assembled',
                manifestKey: keys.manifest(renderId, state.generation),
                frames: new Set(manifest.frames.map(({ frame }) => frame)).size,
                missing: manifest.missing.length,
              },
            ]
          : [],
      );
    }
    await ports.queue.send({ type: 'publish-render', renderId });
  };

/** The render, claimed for this holder or already past assembly; `undefined` when there is nothing to do. */
async function claim(
  ports: Needs,
  renderId: string,
  { holder, leaseMs }: { readonly holder: string; readonly leaseMs: number },
): Promise<RenderState | undefined> {
  const { phase, plan, generation } = await readRender(ports, renderId);
  if (phase === 'publishing') return await readRender(ports, renderId);
  if ((phase !== 'rendering' && phase !== 'assembling') || !plan) return undefined;
  const tally = await ports.renders.answer(renderId, { planned: plan.units, generation });
  const { state } = await recordRender(ports, renderId, WHO, (now) => {
    const free = now.phase === 'rendering' && allAnswered(now, tally) && now.generation === generation;
    const abandoned =
      now.phase === 'assembling' &&
      (now.assembly?.holder === holder || (now.assembly?.leaseExpiresAt ?? 0) <= ports.clock.now());
    return free || abandoned
      ? [{ type: 'assembling', holder, leaseExpiresAt: ports.clock.now() + leaseMs }]
      : [];
  });
  if (state.phase === 'assembling' && state.assembly?.holder !== holder) {
    throw new Fault('BUSY', `${state.assembly?.holder} is assembling render ${renderId}`);
  }
  return state.phase === 'assembling' || state.phase === 'publishing' ? state : undefined;
}

/** The manifest of this generation: written once, then the truth, whoever wrote it. */
async function writeManifest(ports: Needs, state: RenderState): Promise<Manifest> {
  const key = keys.manifest(state.renderId, state.generation);
  const written = await readJson(ports.work, key, manifestSchema);
  if (written) return written;
  const stored = await currentPlan(ports, state);
  const slices = await ports.renders.read(state.renderId);
  await createJson(
    ports.work,
    key,
    buildManifest(state, stored, await readReports(ports, state.renderId), slices),
  );
  return (await readJson(ports.work, key, manifestSchema)) as Manifest;
}

async function readReports({ work }: Needs, renderId: string): Promise<readonly Report[]> {
  const found: string[] = [];
  for await (const { key } of work.list(keys.reports(renderId))) found.push(key);
  const reports: Report[] = [];
  for (let first = 0; first < found.length; first += READ_AT_ONCE) {
    const batch = found.slice(first, first + READ_AT_ONCE).map((key) => readJson(work, key, reportSchema));
    for (const read of await Promise.all(batch)) if (read) reports.push(read);
  }
  return reports;
}
