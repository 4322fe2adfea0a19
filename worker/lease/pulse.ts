import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#shared/core/fault.ts';
import type { Log } from '#shared/ports.ts';
import type { Beat, BeatAnswer } from './lease-client.ts';

export interface PulseOptions {
  readonly beat: (beat: Beat, signal: AbortSignal) => Promise<BeatAnswer>;
  /** The control plane wants a beat at least this often; the pulse is twice as fast. */
  readonly beatMs: number;
  readonly progress: () => Beat;
  /** The lease is gone, or the render is no longer wanted. Told once. */
  readonly onLost: (reason: string) => void;
  readonly log: Log;
}

/**
 * Keeps a lease alive until stopped. A control plane that cannot be reached is no reason to stop
 * rendering: only its own word is.
 */
export function startPulse({ beat, beatMs, progress, onLost, log }: PulseOptions): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const { signal } = stopped;

  const beatOnce = async (): Promise<string | undefined> => {
    try {
      const { proceed, reason } = await beat(progress(), signal);
      return proceed ? undefined : (reason ?? 'The control plane says stop.');
    } catch (error) {
      if (error instanceof Fault && error.code === 'CANCELLED') return error.message;
      if (!signal.aborted) log.warn('A beat did not get through', { message: String(error) });
      return undefined;
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await sleep(beatMs / 2, undefined, { signal }).catch(() => {});
      const lost = signal.aborted ? undefined : await beatOnce();
      if (lost !== undefined) return onLost(lost);
    }
  };
  const running = run();

  return {
    stop: () => {
      stopped.abort();
      return running;
    },
  };
}
