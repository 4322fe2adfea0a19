import { availableParallelism, freemem, hostname } from 'node:os';
import path from 'node:path';
import type { Place, RunOptions } from '#cli/control.ts';
import type { Child, RunChild } from '#shared/adapters/local/pool.ts';
import type { Clock, Log, PoolCapabilities } from '#shared/ports.ts';
import { type Machine, openMachine } from '#worker/compose.ts';
import { answersDirectory } from '#worker/renderer/answers-directory.ts';
import { findBlender } from '#worker/renderer/find-blender.ts';
import type { RunResult, Worker } from '#worker/worker.ts';

export interface LocalMachine {
  /** Names of the workers, in the order of their slots. */
  readonly slots: readonly string[];
  readonly run: RunChild;
  capabilities(): Promise<PoolCapabilities>;
  close(): Promise<void>;
}

/** A Blender with a middling scene open; more workers than that fit would swap. */
const WORKER_BYTES = 1.5 * 1024 ** 3;
/** One process scales well over a few threads and badly over many. */
const THREADS_A_WORKER = 4;

/** Few processes of some threads each on a big machine, one a core on a small one. */
export function workerCount(cores: number, freeBytes: number): number {
  const wanted = cores <= THREADS_A_WORKER ? cores : Math.ceil(cores / THREADS_A_WORKER);
  return Math.max(1, Math.min(wanted, Math.floor(freeBytes / WORKER_BYTES)));
}

export interface LocalMachineOptions {
  readonly place: Place;
  readonly options: RunOptions;
  readonly baseUrl: () => string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly log: Log;
}

/** This machine's Blender and its workers, opened when the first slice comes: nothing waits for it before. */
export function createLocalMachine({
  place,
  options,
  baseUrl,
  fetch,
  clock,
  log,
}: LocalMachineOptions): LocalMachine {
  const cores = availableParallelism();
  const count = options.workers ?? workerCount(cores, freemem());
  const slots = Array.from({ length: count }, (_, slot) => `${hostname()}/${slot + 1}`);
  const workers = new Map<number, Worker>();
  let opened: Promise<Machine> | undefined;

  const machine = (): Promise<Machine> => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const open = async (): Promise<Machine> => {
    const environment = {
      ...process.env,
      ...(options.blender ? { DROPFRAME_BLENDER: options.blender } : {}),
    };
    const answers = answersDirectory(environment);
    return await openMachine({
      install: await findBlender({ environment, directory: process.cwd(), cacheDirectory: answers }),
      answersDirectory: answers,
      baseUrl: baseUrl(),
      fetch,
      cacheDirectory: path.join(place.root, 'cache'),
      scratchDirectory: path.join(place.root, 'scratch'),
      threads: Math.max(1, Math.floor(cores / count)),
      allowUnsandboxed: options.allowUnsandboxed,
      clock,
      log,
    });
  };
  const workerAt = async (slot: number): Promise<Worker> => {
    const { addWorker } = await machine();
    const worker = workers.get(slot) ?? addWorker(slots[slot] as string);
    workers.set(slot, worker);
    return worker;
  };

  return {
    slots,
    async run(child: Child, slot, { signal, onRendererFree }) {
      try {
        const worker = await workerAt(slot);
        return endOf(await worker.run(child.grant, child.child, { run: child.run, signal, onRendererFree }));
      } catch (error) {
        return { outcome: 'failed', reason: error instanceof Error ? error.message : String(error) };
      }
    },
    async capabilities() {
      const { blender, devices } = (await machine()).capabilities;
      return { blender, devices, slots: count };
    },
    async close() {
      await Promise.all([...workers.values()].map((worker) => worker.close()));
    },
  };
}

/** What a batch service would say of the process. A report, or nothing left to do, is a good end. */
function endOf(result: RunResult): Awaited<ReturnType<RunChild>> {
  const reason = 'reason' in result && result.reason ? result.reason.message : result.outcome;
  if (result.outcome === 'reported' || result.outcome === 'nothing') return { outcome: 'succeeded', reason };
  return { outcome: result.outcome === 'stopped' ? 'interrupted' : 'failed', reason };
}
