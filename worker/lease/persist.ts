import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#shared/core/fault.ts';

/** How long something that may heal is tried again, and how often. */
export interface Patience {
  readonly firstMs: number;
  readonly mostMs: number;
  readonly giveUpMs: number;
}

export interface PersistOptions {
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: (fault: Fault, delayMs: number) => void;
}

/**
 * Calls `act` until it succeeds, ends in a fault that trying again cannot heal, or patience ends. Only
 * retryable faults are tried again: anything else thrown is a bug and is passed on at once. Delays double
 * and are spread, so that a thousand workers do not come back in the same second after an outage.
 */
export async function persist<T>(act: () => Promise<T>, options: PersistOptions): Promise<T> {
  const { patience, signal, onRetry } = options;
  const startedAt = performance.now();
  for (let delayMs = patience.firstMs; ; delayMs = Math.min(delayMs * 2, patience.mostMs)) {
    signal?.throwIfAborted();
    try {
      return await act();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Fault) || !error.retryable) throw error;
      const waitMs = Math.max(askedDelayMs(error, patience), delayMs * (0.5 + Math.random() / 2));
      if (performance.now() - startedAt + waitMs > patience.giveUpMs) throw error;
      onRetry?.(error, waitMs);
      await sleep(waitMs, undefined, signal ? { signal } : {});
    }
  }
}

/** What the other side asked for with `Retry-After`, within reason. */
function askedDelayMs(fault: Fault, patience: Patience): number {
  const asked = fault.details?.retryAfterMs;
  return typeof asked === 'number' ? Math.min(asked, patience.mostMs) : 0;
}
