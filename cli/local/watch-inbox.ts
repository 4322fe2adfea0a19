import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { watch } from 'chokidar';
import { isRetryable } from '#shared/core/fault.ts';
import { parseInboxKey } from '#shared/core/inbox.ts';
import type { Clock, Log, Queue, Rejects } from '#shared/ports.ts';

export interface InboxWatchOptions {
  readonly inbox: string;
  readonly queue: Queue;
  readonly rejects: Rejects;
  readonly clock: Clock;
  readonly log: Log;
  /** A file counts as arrived when its size has not changed for so long. */
  readonly stableMs: number;
}

export interface InboxWatch {
  /** Resolves once what lay there at the start has been looked at. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

const POLL_MS = 100;

/**
 * Says of every file that has arrived whole that it has: what a bucket's events do on a cloud. Files that lie
 * there at the start are told again: whoever hears it looks at what is known.
 */
export function watchInbox(options: InboxWatchOptions): InboxWatch {
  const { inbox, log, stableMs } = options;
  const watcher = watch(inbox, {
    followSymlinks: false,
    ignoreInitial: false,
    awaitWriteFinish: { stabilityThreshold: stableMs, pollInterval: POLL_MS },
    ignored: (file) => path.basename(file).startsWith('.') && file !== inbox,
  });
  const tell = (file: string): void => {
    void arrived(options, file).catch((error: Error) =>
      log.error('a file could not be looked at', { file, message: error.message }),
    );
  };
  watcher.on('add', tell).on('change', tell);
  watcher.on('error', (error) => log.error('watching the inbox', { message: String(error) }));
  const ready = new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  return { ready, close: () => watcher.close() };
}

async function arrived({ inbox, queue, rejects, clock }: InboxWatchOptions, file: string): Promise<void> {
  const key = path.relative(inbox, file).split(path.sep).join('/');
  const refuse = (code: string, message: string) =>
    rejects.send({ subject: key, code, message, at: clock.now() });
  const found = await lstat(file).catch(() => undefined);
  if (!found) return;
  if (found.isSymbolicLink()) {
    return await refuse('INVALID_INPUT', `inbox: ${key} is a link; copy the file itself into the inbox`);
  }
  if (!found.isFile()) return;
  try {
    if (parseInboxKey(key).role === 'ignored') return;
  } catch (error) {
    if (isRetryable(error)) throw error;
    return await refuse('INVALID_INPUT', (error as Error).message);
  }
  await queue.send({ type: 'object-created', key });
}
