import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeenFiles } from '#shared/adapters/local/seen-files.ts';
import { isRetryable } from '#shared/core/fault.ts';
import { parseInboxKey } from '#shared/core/inbox.ts';
import type { Clock, Log, Queue, Rejects } from '#shared/ports.ts';

export interface InboxWatchOptions {
  readonly inbox: string;
  readonly seen: SeenFiles;
  readonly queue: Queue;
  readonly rejects: Rejects;
  readonly clock: Clock;
  readonly log: Log;
  /** A file counts as arrived when its size and time have not changed for so long. */
  readonly stableMs: number;
}

export interface InboxWatch {
  close(): Promise<void>;
}

const LEAST_PAUSE_MS = 300;
/** Looking takes at most this share of the time, however much lies in the inbox. */
const PAUSE_PER_LOOK = 10;

/**
 * Says of every file that has arrived whole that it has: what a bucket's events do on a cloud. It looks
 * again and again instead of listening: file system events get lost when folders and files appear together
 * (seen with inotify), and there are none at all on a network share.
 */
export function watchInbox(options: InboxWatchOptions): InboxWatch {
  const stop = new AbortController();
  const settling = new Map<string, Sighting>();
  const looking = (async () => {
    while (!stop.signal.aborted) {
      const startedAt = performance.now();
      await look(options, settling).catch((error: Error) =>
        options.log.error('the inbox could not be looked at', { message: error.message }),
      );
      const pauseMs = Math.max(LEAST_PAUSE_MS, (performance.now() - startedAt) * PAUSE_PER_LOOK);
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  return {
    async close() {
      stop.abort();
      await looking;
    },
  };
}

interface Sighting {
  readonly etag: string;
  readonly since: number;
}

async function look(options: InboxWatchOptions, settling: Map<string, Sighting>): Promise<void> {
  const { inbox, seen, clock, stableMs } = options;
  const there = new Set<string>();
  for await (const { key, entry } of walk(inbox, '')) {
    const etag = await etagOf(path.join(inbox, key));
    if (!etag) continue;
    there.add(key);
    if (seen.has(key, etag)) continue;
    const now = clock.now();
    const before = settling.get(key);
    if (before?.etag !== etag) settling.set(key, { etag, since: now });
    else if (now - before.since >= stableMs) {
      await arrived(options, key, entry);
      seen.add(key, etag);
      settling.delete(key);
    }
  }
  for (const key of settling.keys()) if (!there.has(key)) settling.delete(key);
}

/** Files and links below the inbox; hidden ones are nobody's business. */
async function* walk(root: string, folder: string): AsyncGenerator<{ key: string; entry: Dirent }> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const key = folder + entry.name;
    if (entry.isDirectory()) yield* walk(root, `${key}/`);
    else yield { key, entry };
  }
}

async function etagOf(file: string): Promise<string | undefined> {
  const found = await lstat(file, { bigint: true }).catch(() => undefined);
  return found && `${found.ino}-${found.mtimeNs}-${found.size}`;
}

async function arrived(
  { queue, rejects, clock }: InboxWatchOptions,
  key: string,
  entry: Dirent,
): Promise<void> {
  const refuse = (message: string) =>
    rejects.send({ subject: key, code: 'INVALID_INPUT', message, at: clock.now() });
  try {
    if (parseInboxKey(key).role === 'ignored') return;
  } catch (error) {
    if (isRetryable(error)) throw error;
    return await refuse((error as Error).message);
  }
  if (entry.isSymbolicLink()) {
    return await refuse(`inbox: ${key} is a link; copy the file itself into the inbox`);
  }
  if (!entry.isFile()) return await refuse(`inbox: ${key} is no plain file; copy a file there`);
  await queue.send({ type: 'object-created', key });
}
