import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '#shared/core/fault.ts';
import type { EpochMs, Log } from '#shared/ports.ts';
import { createLanes } from '#worker/lanes.ts';
import { isInUse, openOwnedDirectory, ownedName } from '#worker/owned-name.ts';
import { type AssetShelfOptions, createAssetShelf } from './asset-shelf.ts';
import type { AssetFile } from './download.ts';
import { checkScenePaths } from './scene-path.ts';

export interface SceneOrder {
  readonly id: string;
  /** Path of the scene file among `files`. */
  readonly main: string;
  readonly files: readonly AssetFile[];
}

/** A scene's folder, whole and right, that stays until it is released. */
export interface HeldScene {
  readonly directory: string;
  release(): Promise<void>;
}

/**
 * Scenes on this machine's disk, shared by all workers in all processes. Guarantee: a held scene's folder
 * has every file of the order with the right bytes, and never a half one.
 */
export interface SceneCache {
  hold(scene: SceneOrder, signal?: AbortSignal): Promise<HeldScene>;
}

export interface SceneCacheOptions extends AssetShelfOptions {
  /** Scenes that nobody holds are removed, least recently used first, to stay below it. */
  readonly maxBytes: number;
  readonly log: Log;
}

const PARALLEL_FILES = 4;

/** Layout: `assets/` bytes by hash, `scenes/<id>/` links to them, `holds/` who uses what, `partial/` downloads. */
export async function createSceneCache(options: SceneCacheOptions): Promise<SceneCache> {
  const { directory, maxBytes, log } = options;
  const scenes = join(directory, 'scenes');
  const holds = join(directory, 'holds');
  await mkdir(scenes, { recursive: true });
  await openOwnedDirectory(holds);
  const shelf = await createAssetShelf(options);
  const lanes = createLanes(PARALLEL_FILES);

  const isHeld = async (id: string): Promise<boolean> => {
    const names = (await readdir(holds)).filter((name) => name.startsWith(`${id}.`));
    for (const name of names) if (await isInUse(holds, name)) return true;
    return false;
  };

  /** Makes room for `wantedBytes` more. */
  const evict = async (wantedBytes: number): Promise<void> => {
    let usedBytes = await shelf.usedBytes();
    for (const { id } of await byLastUse(scenes)) {
      if (usedBytes + wantedBytes <= maxBytes) return;
      if (await isHeld(id)) continue;
      log.info('Removing a scene from the cache', { sceneId: id });
      await rm(join(scenes, id), { recursive: true, force: true });
      usedBytes -= await shelf.removeUnlinked();
    }
  };

  return {
    hold: async (scene, signal) => {
      checkScene(scene);
      const root = join(scenes, scene.id);
      const hold = join(holds, ownedName(scene.id));
      await writeFile(hold, '');
      const release = () => rm(hold, { force: true });
      try {
        if (!(await exists(root))) await evict(scene.files.reduce((sum, { size }) => sum + size, 0));
        await mkdir(root, { recursive: true });
        await settle(
          scene.files.map((file) => lanes(() => shelf.place(file, join(root, file.path), signal))),
        );
        await utimes(root, new Date(), new Date());
      } catch (error) {
        await release();
        throw error;
      }
      return { directory: root, release };
    },
  };
}

function checkScene({ id, main, files }: SceneOrder): void {
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(id))
    throw new Fault('INVALID_INPUT', `Scene id ${JSON.stringify(id.slice(0, 200))} is no plain name.`);
  const paths = files.map(({ path }) => path);
  checkScenePaths(paths, main);
  for (const { path, sha256 } of files) {
    if (/^[0-9a-f]{64}$/.test(sha256)) continue;
    throw new Fault('INVALID_INPUT', `Scene file ${JSON.stringify(path)} has no SHA-256 but ${sha256}.`);
  }
}

async function byLastUse(scenes: string): Promise<{ id: string; usedAt: EpochMs }[]> {
  const found = await Promise.all(
    (await readdir(scenes)).map(async (id) => {
      const info = await stat(join(scenes, id)).catch(() => undefined);
      return { id, usedAt: info?.mtimeMs ?? 0 };
    }),
  );
  return found.sort((a, b) => a.usedAt - b.usedAt);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The first error, but only once nothing runs any more. */
async function settle(promises: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(promises)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}
