import { manifest as manifestSchema } from '#events/manifest.ts';
import type { MessageOf } from '#events/messages.ts';
import { Fault } from '#shared/core/fault.ts';
import type { Ports } from '#shared/ports.ts';
import { readJson } from './documents.ts';
import { readRender, recordRender } from './journal.ts';
import { wantedDeliverables } from './work-order.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'deliveries' | 'log'>;

/** Gives the deliverables their final names, all at once, and says that the render is done. */
export const publishRender =
  (ports: Needs) =>
  async ({ renderId }: MessageOf<'publish-render'>): Promise<void> => {
    const state = await readRender(ports, renderId);
    if (state.phase !== 'publishing' || !state.manifestKey) return;
    const manifest = await readJson(ports.work, state.manifestKey, manifestSchema);
    if (!manifest) throw new Fault('UNAVAILABLE', `${state.manifestKey} cannot be read yet`);
    // Made again when a crash took the staged files along; a repeated `make` is cheap when they are there.
    const files = await ports.deliveries.make(manifest, wantedDeliverables(state.settings));
    const { place } = await ports.deliveries.publish(manifest, files);
    await recordRender(ports, renderId, 'publish-render', ({ phase, generation }) =>
      phase === 'publishing' && generation === state.generation
        ? [{ type: 'published', place, files: summary(files.map(({ name }) => name)) }]
        : [],
    );
    ports.log.info(manifest.complete ? 'render done' : 'render incomplete', {
      renderId,
      place,
      missing: manifest.missing.length,
    });
  };

/** Frames are many and named alike; the log names the rest. */
const MOST_NAMES = 20;
const summary = (names: readonly string[]): readonly string[] =>
  names.filter((name) => !/\.-?\d{4,}\.[^.]+$/.test(name)).slice(0, MOST_NAMES);
