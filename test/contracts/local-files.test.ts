import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDeliveries } from '#cli/local/deliveries.ts';
import type { Manifest } from '#events/manifest.ts';
import { createObjectStore } from '#shared/adapters/local/object-store.ts';
import { createPresigner } from '#shared/adapters/local/presigner.ts';
import { createRejects } from '#shared/adapters/local/rejects.ts';
import { createSceneFiles } from '#shared/adapters/local/scene-files.ts';
import { createSigner } from '#shared/adapters/local/signer.ts';
import type { Log } from '#shared/ports.ts';
import { type DeliveriesWorld, deliveriesContract } from './deliveries.ts';
import { rejectsContract } from './rejects.ts';
import { sceneFilesContract } from './scene-files.ts';

const scratch = () => mkdtemp(path.join(tmpdir(), 'dropframe-contract-'));
const clock = { now: () => 1_000_000 };
const presigner = createPresigner(createSigner('a secret', clock), clock, () => 'http://dropframe.test');
const log: Log = { info() {}, warn() {}, error() {} };
const EXAMPLE = path.join(import.meta.dirname, '../../examples/zoetrope.blend');

/** Every file below a folder but what lies in a hidden one, as a person sees it. */
async function visible(root: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        !path
          .relative(root, file)
          .split(path.sep)
          .some((part) => part.startsWith('.')),
    );
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(file)] as const)));
}

rejectsContract('files', async () => {
  const root = await scratch();
  return {
    rejects: createRejects(createObjectStore(root, { presigner }), log),
    async found() {
      const names = (await readdir(root)).filter((name) => name !== '.staging');
      return await Promise.all(
        names.map(async (name) => ({ name, text: await readFile(path.join(root, name), 'utf8') })),
      );
    },
  };
});

sceneFilesContract('files', { bytes: await readFile(EXAMPLE), frames: 48 }, async () => {
  const root = await scratch();
  const inbox = createObjectStore(path.join(root, 'inbox'), { presigner });
  const work = createObjectStore(path.join(root, 'work'), { presigner });
  return {
    inbox,
    work,
    scenes: createSceneFiles({ inbox, work }),
    ingestWhileChanging(key) {
      // The first look into the work bucket comes between hashing and copying.
      const head: typeof work.head = async (copy) => {
        await appendFile(inbox.pathOf(key), 'more');
        return await work.head(copy);
      };
      return createSceneFiles({ inbox, work: { ...work, head } }).ingest(key);
    },
  };
});

deliveriesContract('folders', async () => {
  const root = await scratch();
  const output = path.join(root, 'output');
  const work = createObjectStore(path.join(root, 'work'), { presigner });
  const stagingOf = ({ renderId, generation }: Manifest) =>
    path.join(output, '.staging', `${renderId}-${generation}`);
  const open = (): DeliveriesWorld => ({
    deliveries: createDeliveries({ place: { root, inbox: root, output }, work, log }),
    put: async (key, bytes) => {
      await work.put(key, bytes);
    },
    shown: () => visible(output),
    async tear(manifest) {
      const staging = stagingOf(manifest);
      for (const folder of ['making', 'scratch'])
        await mkdir(path.join(staging, folder), { recursive: true });
      await writeFile(path.join(staging, 'making', 'left_v003.0009.png'), 'left behind');
      await writeFile(path.join(staging, 'scratch', 'manifest.json'), '{"type":"manif');
    },
    async tearPublish(manifest) {
      const place = path.join(output, ...manifest.shot.split('/'), 'v003');
      await rename(place, path.join(stagingOf(manifest), 'replaced'));
    },
    reopen: async () => open(),
  });
  return open();
});
