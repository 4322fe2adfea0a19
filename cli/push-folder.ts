import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Fault } from '#shared/core/fault.ts';
import type { CollectedFile } from './collect-scene.ts';

/** A file of a scene with what its content is known by. */
export interface HashedFile extends CollectedFile {
  readonly size: number;
  readonly sha256: string;
}

/** Where a scene is pushed to: a folder here, a bucket on a cloud. */
export interface PushTarget {
  /** True when exactly this file is there already. */
  has(file: HashedFile): Promise<boolean>;
  /** Appears whole or not at all. */
  put(file: HashedFile): Promise<void>;
  putManifest(manifest: string): Promise<void>;
}

/** Streamed: a file is never held in memory. */
export async function hashFile(path: string): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(piece as Uint8Array);
    size += (piece as Uint8Array).length;
  }
  return { size, sha256: hash.digest('hex') };
}

/** Hidden and with an ending that the inbox ignores: a half-written file is never taken for an input. */
const temporaryName = (path: string): string => join(dirname(path), `.${randomUUID()}.part`);

async function writeWhole(
  path: string,
  content: AsyncIterable<Uint8Array>,
  check: () => void,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      for await (const piece of content) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    check();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A shot's folder of an inbox on this machine. */
export function createFolderTarget(folder: string): PushTarget {
  return {
    async has(file) {
      const path = join(folder, file.path);
      const there = await stat(path).catch(() => undefined);
      return (
        there?.isFile() === true && there.size === file.size && (await hashFile(path)).sha256 === file.sha256
      );
    },
    async put(file) {
      const hash = createHash('sha256');
      async function* hashed(): AsyncGenerator<Uint8Array> {
        for await (const piece of createReadStream(file.source, { highWaterMark: 1 << 20 })) {
          hash.update(piece as Uint8Array);
          yield piece as Uint8Array;
        }
      }
      await writeWhole(join(folder, file.path), hashed(), () => {
        if (hash.digest('hex') === file.sha256) return;
        throw new Fault('CONFLICT', `${basename(file.source)} changed while it was pushed; push again`);
      });
    },
    async putManifest(manifest) {
      const content = async function* (): AsyncGenerator<Uint8Array> {
        yield new TextEncoder().encode(manifest);
      };
      await writeWhole(join(folder, 'manifest.json'), content(), () => {});
    },
  };
}
