import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Fault, type FaultCode, type FaultOptions } from '#shared/core/fault.ts';
import type { Operations } from './operations.ts';

type Input<N extends keyof Operations> = Parameters<Operations[N]>[0];
type Output<N extends keyof Operations> = ReturnType<Operations[N]>;

interface Answer {
  readonly value?: unknown;
  readonly fault?: {
    readonly code: FaultCode;
    readonly message: string;
    readonly details?: FaultOptions['details'];
  };
  readonly error?: unknown;
}

const MAX_THREADS = Math.max(1, Math.min(4, availableParallelism()));
const idle: Worker[] = [];
const waiting: (() => void)[] = [];
let threads = 0;

function startThread(): Worker {
  threads += 1;
  const thread = new Worker(new URL('./thread-entry.ts', import.meta.url));
  thread.unref();
  return thread;
}

/** A free thread, a new one while there are few, or the next that becomes free. */
async function takeThread(): Promise<Worker> {
  while (idle.length === 0 && threads >= MAX_THREADS) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  return idle.pop() ?? startThread();
}

/**
 * Runs one of the media operations in a thread, so that decoding a large frame blocks nobody. Threads
 * are kept for the next call and do not keep the process alive once nobody waits for them.
 */
export async function inThread<N extends keyof Operations>(name: N, input: Input<N>): Promise<Output<N>> {
  const thread = await takeThread();
  let answer: Answer;
  try {
    thread.ref();
    thread.postMessage({ name, input });
    [answer] = (await once(thread, 'message')) as [Answer];
    thread.unref();
    idle.push(thread);
  } catch (error) {
    // `once` rejects when the thread dies: another may be started in its place.
    threads -= 1;
    throw error;
  } finally {
    waiting.shift()?.();
  }
  if (answer.fault) {
    const { code, message, details } = answer.fault;
    throw new Fault(code, message, details ? { details } : {});
  }
  if (answer.error) throw answer.error;
  return answer.value as Output<N>;
}
