import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { MessageOf } from '#events/messages.ts';
import { openDatabase } from '#shared/adapters/local/database.ts';
import { createPool, type LocalPool } from '#shared/adapters/local/pool.ts';
import { createQueue } from '#shared/adapters/local/queue.ts';
import { createSigner } from '#shared/adapters/local/signer.ts';
import { messageText } from '#shared/core/message-text.ts';
import type { Queue } from '#shared/ports.ts';
import { batchPoolContract, type FreshPool, type PoolWorld } from './batch-pool.ts';
import { type QueueWorld, queueContract } from './queue.ts';
import { signerContract } from './signer.ts';

const HIDDEN_MS = 60_000;
const newFile = async () =>
  path.join(await mkdtemp(path.join(tmpdir(), 'dropframe-contract-')), 'dropframe.sqlite');

queueContract('SQLite', async () => {
  const file = await newFile();
  let now = 1_000_000;
  const open = (): QueueWorld => {
    const database = openDatabase(file);
    const queue = createQueue(database, { clock: { now: () => now } });
    queue.releaseAll();
    return {
      queue,
      receive: async () =>
        queue.take(10, HIDDEN_MS).map(({ id, body }) => ({
          body,
          acknowledge: async () => queue.acknowledge(id),
          giveBack: async (delayMs) => queue.giveBack(id, delayMs),
        })),
      async pass(ms) {
        now += ms;
      },
      async crash() {
        database.close();
        return open();
      },
    };
  };
  return open();
});

const freshPool: FreshPool = async (workers, run) => {
  const file = await newFile();
  const sent: MessageOf<'watch-batch'>[] = [];
  const open = (slots: readonly string[]): PoolWorld => {
    const database = openDatabase(file);
    let dead = false;
    const queue: Queue = {
      async send(message) {
        // As every queue does.
        messageText(message);
        if (message.type === 'watch-batch') sent.push(message);
      },
    };
    const pool: LocalPool = createPool(database, {
      slots,
      queue,
      capabilities: async () => undefined,
      run: async (child, slot, { signal, onRendererFree }) => {
        // A dead process runs nothing to its end.
        if (dead) return await new Promise(() => {});
        const { submission, slice, renderId, run: execution } = child;
        const ran = { submission, slice, renderId, run: execution, worker: slots[slot]!, signal };
        const ended = await run(ran, onRendererFree);
        return dead ? await new Promise(() => {}) : ended;
      },
    });
    pool.start();
    onTestFinished(() => {
      dead = true;
    });
    return {
      pool,
      watched: () => sent,
      async crash(left = slots) {
        dead = true;
        database.close();
        return open(left);
      },
    };
  };
  return open(workers);
};
batchPoolContract('SQLite', freshPool);

signerContract('HMAC', async () => {
  let now = 1_000_000;
  const clock = { now: () => now };
  return {
    signer: createSigner('a secret', clock),
    stranger: createSigner('another secret', clock),
    now: clock.now,
    pass: (ms) => {
      now += ms;
    },
  };
});
