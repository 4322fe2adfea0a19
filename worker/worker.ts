import { setTimeout as sleep } from 'node:timers/promises';
import type { LeaseAnswer } from '#events/lease.ts';
import type { Report } from '#events/report.ts';
import type { Clock, Log } from '#shared/ports.ts';
import { reasonOf } from './attempt/attempt.ts';
import { runSlice, type SliceResult, type SliceTools } from './attempt/run-slice.ts';
import type { EncodeSegment } from './attempt/segment.ts';
import type { VerifyFrame } from './attempt/settle-frame.ts';
import { createLanes } from './lanes.ts';
import type { Fetch } from './lease/http.ts';
import { createLeaseClient, type LeaseQuestion } from './lease/lease-client.ts';
import { type Patience, persist } from './lease/persist.ts';
import type { Capabilities } from './renderer/renderer.ts';
import type { SceneCache } from './scenes/scene-cache.ts';
import type { MakeScratch } from './scratch.ts';
import { createWarmRenderer, type OpenRenderer } from './warm-renderer.ts';

export interface WorkerOptions {
  /** Who works, and where: shown to people. */
  readonly name: string;
  readonly baseUrl: string;
  readonly fetch: Fetch;
  /** Shared by all workers of a process. */
  readonly cache: SceneCache;
  readonly makeScratch: MakeScratch;
  readonly openRenderer: OpenRenderer;
  readonly verifyFrame: VerifyFrame;
  readonly encodeSegment: EncodeSegment;
  readonly capabilities: Capabilities;
  readonly log: Log;
  readonly clock: Clock;
  readonly patience?: Patience;
  /** From the abort of a run's signal to the end of that run, at most. */
  readonly graceMs?: number;
}

export interface RunOptions {
  /** Which execution of this child it is, from 1, where the batch service counts them. */
  readonly run?: number;
  /** Abort: stop rendering, upload and report what there is, hand the rest back. */
  readonly signal?: AbortSignal;
  /** Called once: the next `run` may begin, while this one still verifies, uploads and reports. */
  readonly onRendererFree?: () => void;
}

/** How a run ended. Only bugs reject. */
export type RunResult =
  | SliceResult
  /** Nothing left to do, or this worker cannot do it. */
  | { readonly outcome: 'nothing' | 'unfit'; readonly reason: { code: string; message: string } }
  /** Stopped before there was a lease; or there never was an answer, or a refusal. */
  | { readonly outcome: 'stopped' | 'failed'; readonly reason: NonNullable<Report['reason']> };

/**
 * One slot of a machine: leases slices and renders them with one warm Blender. `run` may be called for the
 * next slice as soon as the one before has freed the renderer; never are more than two under way.
 */
export interface Worker {
  readonly name: string;
  run(grant: string, index: number, options?: RunOptions): Promise<RunResult>;
  /** Resolves when no run is under way. */
  drain(): Promise<void>;
  /** Stops what runs as an abort of its signal would, waits for it and closes Blender. */
  close(): Promise<void>;
}

/** Long enough to sit out a restart or an outage of the control plane; frames cost more than waiting. */
export const PATIENCE: Patience = { firstMs: 500, mostMs: 30_000, giveUpMs: 15 * 60_000 };
const GRACE_MS = 20_000;
const LEAST_WAIT_MS = 20;
const DEPTH = 2;
const VERIFY_LANES = 2;
const UPLOAD_LANES = 4;

export function createWorker(options: WorkerOptions): Worker {
  const { name, capabilities, log } = options;
  const tools: SliceTools = {
    ...options,
    worker: name,
    patience: options.patience ?? PATIENCE,
    graceMs: options.graceMs ?? GRACE_MS,
    client: createLeaseClient(options),
    warm: createWarmRenderer(options),
    verifying: createLanes(VERIFY_LANES),
    uploading: createLanes(UPLOAD_LANES),
  };
  const closing = new AbortController();
  const depth = createLanes(DEPTH);
  const running = new Set<Promise<RunResult>>();

  const run: Worker['run'] = (grant, index, { run: execution = 1, signal, onRendererFree } = {}) => {
    const stop = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
    const free = once(onRendererFree);
    const request = { index, worker: name, run: execution, capabilities };
    const result = depth(() => leaseAndRun(grant, request, tools, stop, free)).finally(() => {
      running.delete(result);
      free();
    });
    running.add(result);
    return result;
  };

  const drain = async (): Promise<void> => {
    while (running.size > 0) await Promise.allSettled(running);
  };

  return {
    name,
    run: async (grant, index, runOptions) => {
      const result = await run(grant, index, runOptions);
      log.info('A run has ended', { worker: name, index, ...result });
      return result;
    },
    drain,
    close: async () => {
      closing.abort(new Error('The worker is closing.'));
      await drain();
      await tools.warm.close();
    },
  };
}

async function leaseAndRun(
  grant: string,
  request: LeaseQuestion,
  tools: SliceTools,
  stop: AbortSignal,
  onRendererFree: () => void,
): Promise<RunResult> {
  let answer: Exclude<LeaseAnswer, { answer: 'wait' }>;
  try {
    answer = await lease(grant, request, tools, stop);
  } catch (error) {
    return { outcome: stop.aborted ? 'stopped' : 'failed', reason: reasonOf(error) };
  }
  if (answer.answer === 'work') return runSlice(answer.order, tools, { stop, onRendererFree });
  const { answer: outcome, reason: message } = answer;
  return { outcome, reason: { code: outcome.toUpperCase(), message } };
}

/** Asks until there is something else to do than to wait. */
async function lease(
  grant: string,
  request: LeaseQuestion,
  { client, patience, log }: SliceTools,
  stop: AbortSignal,
): Promise<Exclude<LeaseAnswer, { answer: 'wait' }>> {
  for (;;) {
    const answer = await persist(() => client.lease(grant, request, stop), {
      patience,
      signal: stop,
      onRetry: ({ message }, delayMs) => log.warn('Asking for a lease again', { message, delayMs }),
    });
    if (answer.answer !== 'wait') return answer;
    const waitMs = Math.min(Math.max(answer.retryAfterMs, LEAST_WAIT_MS), patience.mostMs);
    await sleep(waitMs, undefined, { signal: stop });
  }
}

function once(act: (() => void) | undefined): () => void {
  let waiting = act;
  return () => {
    const now = waiting;
    waiting = undefined;
    now?.();
  };
}
