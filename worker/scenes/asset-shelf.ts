import type { BigIntStats } from 'node:fs';
import { chmod, copyFile, link, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '#shared/ports.ts';
import { hashFile } from '#worker/hash-file.ts';
import { openOwnedDirectory, ownedName } from '#worker/owned-name.ts';
import { type AssetFile, type DownloadOptions, download } from './download.ts';

export interface AssetShelfOptions extends Omit<DownloadOptions, 'signal' | 'onRetry'> {
  readonly directory: string;
  readonly log: Log;
}

/** Files by their SHA-256, read-only. */
export interface AssetShelf {
  /** Sees to it that the right bytes are at `target`; readers see that path absent or whole. */
  place(file: AssetFile, target: string, signal?: AbortSignal): Promise<void>;
  usedBytes(): Promise<number>;
  /** Removes the assets that no scene's folder links to; answers how many bytes that freed. */
  removeUnlinked(): Promise<number>;
}

export async function createAssetShelf({
  directory,
  log,
  ...transfer
}: AssetShelfOptions): Promise<AssetShelf> {
  const assets = join(directory, 'assets');
  const partial = join(directory, 'partial');
  await mkdir(assets, { recursive: true });
  await openOwnedDirectory(partial);
  /** Identity of a file on disk -> its hash. Bytes are hashed once a process; after that a stat tells. */
  const hashes = new Map<string, string>();
  const underway = new Map<string, Promise<string>>();

  const isRight = async (path: string, file: AssetFile): Promise<boolean> => {
    const info = await stat(path, { bigint: true }).catch(() => undefined);
    if (!info?.isFile() || Number(info.size) !== file.size) return false;
    const identity = identityOf(info);
    const sha256 = hashes.get(identity) ?? (await hashFile(path));
    hashes.set(identity, sha256);
    return sha256 === file.sha256;
  };

  const bring = async (file: AssetFile, signal?: AbortSignal): Promise<string> => {
    const asset = join(assets, file.sha256.slice(0, 2), file.sha256);
    if (await isRight(asset, file)) return asset;
    const temporary = join(partial, ownedName(file.sha256));
    try {
      await download(file, temporary, {
        ...transfer,
        signal,
        onRetry: ({ message }, delayMs) => log.warn('Downloading a scene file again', { message, delayMs }),
      });
      await mkdir(dirname(asset), { recursive: true });
      await rename(temporary, asset);
      hashes.set(identityOf(await stat(asset, { bigint: true })), file.sha256);
    } finally {
      await rm(temporary, { force: true });
    }
    return asset;
  };

  const files = async () => {
    const found = await readdir(assets, { recursive: true, withFileTypes: true });
    const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const infos = await Promise.all(
      paths.map((path) =>
        stat(path).then(
          ({ size, nlink }) => ({ path, size, nlink }),
          () => undefined,
        ),
      ),
    );
    return infos.filter((info) => info !== undefined);
  };

  const place = async (file: AssetFile, target: string, signal?: AbortSignal): Promise<void> => {
    if (await isRight(target, file)) return;
    await mkdir(dirname(target), { recursive: true });
    const temporary = join(partial, ownedName(file.sha256));
    for (let tries = 1; ; tries++) {
      const asset = await shared(underway, file.sha256, () => bring(file, signal), signal);
      try {
        await link(asset, temporary).catch(() => copyReadOnly(asset, temporary));
        return await rename(temporary, target);
      } catch (error) {
        // Another process may have made room just now, before a link told it to spare the asset.
        if (tries >= 3 || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      } finally {
        // Still there also after a rename onto a link to the same bytes, which POSIX makes a no-op.
        await rm(temporary, { force: true });
      }
    }
  };

  return {
    place,
    usedBytes: async () => (await files()).reduce((sum, { size }) => sum + size, 0),
    removeUnlinked: async () => {
      const unlinked = (await files()).filter(({ nlink }) => nlink === 1);
      for (const { path } of unlinked) await rm(path, { force: true });
      return unlinked.reduce((sum, { size }) => sum + size, 0);
    },
  };
}

/**
 * Workers that want the same file wait for one download. When that one fails or is aborted, each goes on
 * by itself: one worker's end must not be another's.
 */
async function shared(
  underway: Map<string, Promise<string>>,
  key: string,
  act: () => Promise<string>,
  signal?: AbortSignal,
): Promise<string> {
  for (let other = underway.get(key); other; other = underway.get(key)) {
    const found = await Promise.race([other, aborted(signal)]).catch(() => undefined);
    signal?.throwIfAborted();
    if (found !== undefined) return found;
  }
  const own = act().finally(() => underway.delete(key));
  underway.set(key, own);
  return own;
}

const identityOf = ({ dev, ino, size, mtimeNs }: BigIntStats): string => `${dev}:${ino}:${size}:${mtimeNs}`;

/** Where links cannot be made (some network and container file systems). */
async function copyReadOnly(asset: string, target: string): Promise<void> {
  await copyFile(asset, target);
  await chmod(target, 0o444);
}

const aborted = (signal?: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }));
