import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Place } from '#cli/control.ts';
import type { Manifest } from '#events/manifest.ts';
import type { LocalObjectStore } from '#shared/adapters/local/object-store.ts';
import { deliverableBase, safeFileName } from '#shared/core/names.ts';
import type { DeliveredFile, Deliveries, Log } from '#shared/ports.ts';
import { deliver } from '#worker/deliverables/deliverables.ts';

export interface LocalDeliveriesOptions {
  readonly place: Place;
  readonly work: LocalObjectStore;
  readonly log: Log;
}

const MANIFEST = 'manifest.json';
/** Beside the final names, so that frames can be hard links and folders can be renamed. */
const STAGING = '.staging';

/**
 * Deliverables as a folder a version: `<output>/<project>/<sequence>/<shot>/v003/`. Made aside, then renamed
 * as a whole. A retried render replaces its folder: people see the old one, none for a moment, or the new one.
 */
export function createDeliveries({ place, work, log }: LocalDeliveriesOptions): Deliveries {
  const stagingOf = ({ renderId, generation }: Manifest) =>
    path.join(place.output, STAGING, `${renderId}-${generation}`);
  const finalOf = ({ shot, version }: Manifest) =>
    path.join(place.output, ...shot.split('/').map(safeFileName), `v${String(version).padStart(3, '0')}`);

  return {
    async make(manifest, wanted) {
      const made =
        (await madeIn(stagingOf(manifest), manifest)) ?? (await madeIn(finalOf(manifest), manifest));
      if (made) return made;
      const staging = stagingOf(manifest);
      const [output, scratch] = [path.join(staging, 'making'), path.join(staging, 'scratch')];
      await rm(staging, { recursive: true, force: true });
      for (const folder of [output, scratch]) await mkdir(folder, { recursive: true });
      const base = deliverableBase(manifest.shot, manifest.version);
      const file = async (key: string) => work.pathOf(key);
      // Of a render that has no frame at all there is nothing to show but why.
      const asked = manifest.frames.length > 0 ? wanted : [];
      const { files, warnings } = await deliver(asked, { manifest, file, scratch, output, base, log });
      const told = { ...manifest, deliverables: files, warnings: [...manifest.warnings, ...warnings] };
      // The manifest comes last and whole: a folder that has it is complete.
      await writeFile(path.join(scratch, MANIFEST), `${JSON.stringify(told, null, 1)}\n`);
      await rename(path.join(scratch, MANIFEST), path.join(output, MANIFEST));
      await rm(scratch, { recursive: true });
      return files;
    },
    async publish(manifest) {
      const [staging, final] = [stagingOf(manifest), finalOf(manifest)];
      const making = path.join(staging, 'making');
      if (!(await madeIn(final, manifest))) {
        await mkdir(path.dirname(final), { recursive: true });
        // Our own earlier generation goes; whatever else lies there is somebody's, and stays beside.
        const own = (await manifestIn(final))?.renderId === manifest.renderId;
        const aside = own ? path.join(staging, 'replaced') : `${final}.before-${manifest.renderId}`;
        await rename(final, aside).catch(unlessAbsent);
        await rename(making, final);
      }
      await rm(staging, { recursive: true, force: true });
      return { place: final };
    },
  };

  /** The files that a folder holds when it was made whole from this manifest. */
  async function madeIn(
    folder: string,
    { renderId, generation }: Manifest,
  ): Promise<readonly DeliveredFile[] | undefined> {
    for (const candidate of [path.join(folder, 'making'), folder]) {
      const found = await manifestIn(candidate);
      if (found?.renderId === renderId && found.generation === generation) return found.deliverables;
    }
    return undefined;
  }
}

type Delivered = Manifest & { readonly deliverables: readonly DeliveredFile[] };

/** The manifest that lies in a folder of deliverables; `undefined` when none of ours does. */
async function manifestIn(folder: string): Promise<Delivered | undefined> {
  const text = await readFile(path.join(folder, MANIFEST), 'utf8').catch(unlessAbsent);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Delivered);
  } catch {
    return undefined;
  }
}

function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
