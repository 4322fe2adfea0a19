import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { readSceneFile } from '#shared/blend-file.ts';
import { Fault } from '#shared/core/fault.ts';
import { keys } from '#shared/core/keys.ts';
import type { SceneFiles } from '#shared/ports.ts';
import type { LocalObjectStore } from './object-store.ts';

interface Ingested {
  readonly etag: string;
  readonly sha256: string;
  readonly size: number;
}

/** Scenes as files of this machine: read in place, copied into the work bucket by content. */
export function createSceneFiles({
  inbox,
  work,
}: {
  readonly inbox: LocalObjectStore;
  readonly work: LocalObjectStore;
}): SceneFiles {
  const known = new Map<string, Ingested>();
  return {
    facts: (bucket, key) => readSceneFile((bucket === 'inbox' ? inbox : work).pathOf(key)),
    async ingest(inboxKey) {
      const info = await inbox.head(inboxKey);
      if (!info) throw new Fault('NOT_FOUND', `${inboxKey} is not in the inbox any more`);
      const before = known.get(inboxKey);
      if (before?.etag === info.etag) return before;
      const taken = { etag: info.etag, ...(await takeFile(work, inbox.pathOf(inboxKey))) };
      known.set(inboxKey, taken);
      return taken;
    },
  };
}

/** Copies a file into the work bucket under its content's hash, unless it is there already. */
export async function takeFile(
  work: LocalObjectStore,
  file: string,
): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(piece);
    size += piece.length;
  }
  const sha256 = hash.digest('hex');
  const key = keys.asset(sha256);
  if ((await work.head(key))?.size === size) return { sha256, size };
  const body = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
  try {
    await work.put(key, body, { ifNoneMatch: '*', size, sha256 });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // Somebody else took the same content over meanwhile; or somebody wrote into the file while it was read.
    if (error.code === 'INVALID_INPUT') {
      throw new Fault('CONFLICT', `${file} changed while it was copied`, { cause: error });
    }
    if (error.code !== 'PRECONDITION_FAILED') throw error;
  }
  return { sha256, size };
}
