import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Place } from '#cli/control.ts';
import { openDatabase } from '#shared/adapters/local/database.ts';
import { createObjectStore, type LocalObjectStore } from '#shared/adapters/local/object-store.ts';
import { createPresigner, type Presigner } from '#shared/adapters/local/presigner.ts';
import { createQueue, type Inlet } from '#shared/adapters/local/queue.ts';
import { createRejects } from '#shared/adapters/local/rejects.ts';
import { createRenderStore } from '#shared/adapters/local/render-store.ts';
import { createSceneFiles } from '#shared/adapters/local/scene-files.ts';
import { createSigner } from '#shared/adapters/local/signer.ts';
import { Fault } from '#shared/core/fault.ts';
import { parseReportKey } from '#shared/core/keys.ts';
import type { Clock, Log, Ports, Queue } from '#shared/ports.ts';

/** What lies under a root, opened: everything but the machine that works on it. */
export interface LocalState
  extends Pick<Ports, 'clock' | 'scenes' | 'renders' | 'rejects' | 'signer' | 'log'> {
  readonly place: Place;
  readonly inbox: LocalObjectStore;
  readonly work: LocalObjectStore;
  /** Where `rejects` keeps what it was sent. */
  readonly refused: LocalObjectStore;
  readonly queue: Queue & Inlet;
  readonly presigner: Presigner;
  readonly database: ReturnType<typeof openDatabase>;
  close(): void;
}

export interface StateOptions {
  readonly log: Log;
  /** Of the HTTP server, for presigned URLs. */
  readonly baseUrl: () => string;
  /** A message was sent by this process. */
  readonly onSent?: () => void;
}

export function openState(place: Place, { log, baseUrl, onSent }: StateOptions): LocalState {
  const clock: Clock = { now: Date.now };
  const database = openDatabase(path.join(place.root, 'dropframe.sqlite'));
  const signer = createSigner(secretOf(place.root), clock);
  const presigner = createPresigner(signer, clock, baseUrl);
  const queue = createQueue(database, { clock, ...(onSent ? { onSent } : {}) });
  for (const folder of [place.inbox, place.output]) mkdirSync(folder, { recursive: true });
  const inbox = createObjectStore(place.inbox, { presigner });
  const work = createObjectStore(path.join(place.root, 'work'), {
    presigner,
    // What a bucket's event notification does on a cloud.
    onCreated: async (key) => {
      const report = parseReportKey(key);
      if (report) await queue.send({ type: 'collect-report', ...report });
    },
  });
  const refused = createObjectStore(path.join(place.root, 'rejects'), { presigner });
  return {
    place,
    clock,
    database,
    signer,
    presigner,
    queue,
    inbox,
    work,
    refused,
    rejects: createRejects(refused, log),
    log,
    renders: createRenderStore(database),
    scenes: createSceneFiles({ inbox, work }),
    close: () => database.close(),
  };
}

/** Grants outlive a restart, so their secret does, too. */
function secretOf(root: string): string {
  const file = path.join(root, 'secret');
  mkdirSync(root, { recursive: true });
  if (!existsSync(file)) {
    // Written whole beside and then linked: of several processes that start at once, all get the same one.
    const mine = `${file}.${randomUUID()}`;
    writeFileSync(mine, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true });
    try {
      linkSync(mine, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(mine);
    }
  }
  const secret = readFileSync(file, 'utf8');
  if (secret.length >= 32) return secret;
  throw new Fault('INVALID_INPUT', `${file} holds no secret; remove it and start again`);
}
