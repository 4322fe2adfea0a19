/** When an attempt must let go of what, once it was told to stop or has lost its lease. */
export interface Ends {
  /** Aborted at once: rendering, fetching, waiting. */
  readonly rendering: AbortSignal;
  /** Aborted at once when the lease is lost, and when most of the grace is over: verifying, uploading. */
  readonly settling: AbortSignal;
  /** Aborted when the grace is over: the report. */
  readonly reporting: AbortSignal;
  readonly stopped: boolean;
  readonly lost: string | undefined;
  lose(reason: string): void;
  dispose(): void;
}

/** The rest of the grace is for the report, without which all the rest is worth nothing. */
const SETTLING_SHARE = 0.7;
/** Nobody waits for the report of a lost attempt. */
const LOST_REPORT_MS = 5000;

export function createEnds(stop: AbortSignal, graceMs: number): Ends {
  const lost = new AbortController();
  const hurry = new AbortController();
  const over = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  let lostReason: string | undefined;

  const after = (ms: number, controller: AbortController) => {
    timers.push(setTimeout(() => controller.abort(new Error('The grace after a stop is over.')), ms));
  };
  const onStop = () => {
    after(graceMs * SETTLING_SHARE, hurry);
    after(graceMs, over);
  };
  if (stop.aborted) onStop();
  else stop.addEventListener('abort', onStop, { once: true });

  return {
    rendering: AbortSignal.any([stop, lost.signal]),
    settling: AbortSignal.any([lost.signal, hurry.signal]),
    reporting: over.signal,
    get stopped() {
      return stop.aborted;
    },
    get lost() {
      return lostReason;
    },
    lose: (reason) => {
      if (lostReason !== undefined) return;
      lostReason = reason;
      lost.abort(new Error(reason));
      after(LOST_REPORT_MS, over);
    },
    dispose: () => {
      stop.removeEventListener('abort', onStop);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
