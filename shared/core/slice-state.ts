import type { FrameFailure, LogEvent, Reason } from './render-events.ts';

/** A (frame, part) fails for good after so many attempts that failed on it. */
export const ATTEMPT_LIMIT = 3;
/** A slice whose workers vanish so often without a report is itself the reason. */
export const LOSS_LIMIT = 5;
/** Reclaims are nobody's fault, but a slice that never gets through has to end, too. */
export const INTERRUPTION_LIMIT = 50;

export interface AttemptState {
  readonly attempt: number;
  readonly worker: string;
  readonly submission: string;
  readonly run: number;
  readonly leaseExpiresAt: number;
  readonly phase: 'leased' | 'reported' | 'lost';
}

/** A slice as its log tells it; counts are of the current generation. */
export interface SliceState {
  readonly version: number;
  /** Attempts so far, over all generations: the next attempt's number less one. */
  readonly attempts: number;
  readonly last: AttemptState | undefined;
  /** Attempts, of any generation, whose report is in the log. */
  readonly reported: ReadonlySet<number>;
  /** Keyed `frame/part`: how often it failed, and what was said last. */
  readonly failures: ReadonlyMap<string, FrameFailure & { readonly times: number }>;
  /** Attempts that ended as a whole without saying which frame was to blame. */
  readonly brokenAttempts: number;
  readonly lastReason: Reason | undefined;
  readonly losses: number;
  /** Submissions that ended without ever leasing, so that hearing of one twice counts once. */
  readonly lostSubmissions: ReadonlySet<string>;
  readonly interruptions: number;
  /** A further submission covers the slice since the last attempt ended. */
  readonly requeued: boolean;
  /** Workers on which frames of the slice failed: better elsewhere. */
  readonly avoid: readonly string[];
}

const FRESH = {
  failures: new Map<string, FrameFailure & { times: number }>(),
  brokenAttempts: 0,
  lastReason: undefined,
  losses: 0,
  interruptions: 0,
  requeued: false,
  avoid: [],
} as const;

export const unitKey = (frame: number, part: number): string => `${frame}/${part}`;

function afterReport(state: SliceState, event: Extract<LogEvent, { type: 'reported' }>): Partial<SliceState> {
  const failures = new Map(state.failures);
  for (const failure of event.failures) {
    const key = unitKey(failure.frame, failure.part);
    failures.set(key, { ...failure, times: (failures.get(key)?.times ?? 0) + 1 });
  }
  const blamed = event.failures.length > 0 || event.ended === 'failed';
  return {
    failures,
    brokenAttempts: state.brokenAttempts + (event.ended === 'failed' && event.failures.length === 0 ? 1 : 0),
    interruptions: state.interruptions + (event.ended === 'interrupted' ? 1 : 0),
    lastReason: event.reason ?? state.lastReason,
    avoid: blamed ? [...new Set([...state.avoid, event.worker])] : state.avoid,
  };
}

function evolve(state: SliceState, event: LogEvent): SliceState {
  switch (event.type) {
    case 'leased':
      return {
        ...state,
        attempts: event.attempt,
        requeued: false,
        last: {
          attempt: event.attempt,
          worker: event.worker,
          submission: event.submission,
          run: event.run,
          leaseExpiresAt: event.leaseExpiresAt,
          phase: 'leased',
        },
      };
    case 'reported': {
      const ended = {
        ...state,
        ...afterReport(state, event),
        reported: new Set([...state.reported, event.attempt]),
      };
      // A report of an attempt that was given up meanwhile still counts; the newer attempt goes on.
      return state.last?.attempt === event.attempt
        ? { ...ended, last: { ...state.last, phase: 'reported' } }
        : ended;
    }
    case 'lost':
      return {
        ...state,
        losses: state.losses + 1,
        lostSubmissions: new Set([...state.lostSubmissions, event.submission]),
        lastReason: { code: 'LOST', message: event.why },
        last: state.last?.attempt === event.attempt ? { ...state.last, phase: 'lost' } : state.last,
        requeued: false,
      };
    case 'requeued':
      return { ...state, requeued: true };
    default:
      return state;
  }
}

/** Folds one `slice/…` stream. Failures of earlier generations are forgiven. */
export function foldSlice(events: readonly LogEvent[], generation: number): SliceState {
  let state: SliceState = {
    ...FRESH,
    version: 0,
    attempts: 0,
    last: undefined,
    reported: new Set(),
    lostSubmissions: new Set(),
  };
  let current = 1;
  for (const event of events) {
    const next = 'generation' in event ? event.generation : current;
    if (next > current) {
      current = next;
      state = { ...state, ...FRESH };
    }
    state = { ...evolve(state, event), version: state.version + 1 };
  }
  return generation > current ? { ...state, ...FRESH } : state;
}

export const sliceStream = (slice: number): string => `slice/${String(slice).padStart(6, '0')}`;

/** The lease that counts now, if any. `pulseExpiresAt` is what the last beat extended it to. */
export function liveLease(state: SliceState, now: number, pulseExpiresAt = 0): AttemptState | undefined {
  const { last } = state;
  if (last?.phase !== 'leased') return undefined;
  return Math.max(last.leaseExpiresAt, pulseExpiresAt) > now ? last : undefined;
}

/**
 * The slice has been dispatched, that came to nothing more, and no further submission covers it: if it has
 * unanswered frames, it is owed one.
 */
export const awaitsSubmission = (state: SliceState, generation: number): boolean =>
  !state.requeued &&
  state.last?.phase !== 'leased' &&
  (state.last !== undefined || state.losses > 0 || generation > 1);

/** Why this (frame, part) will not be tried again in this generation; `undefined` while it will. */
export function verdict(state: SliceState, frame: number, part: number): Reason | undefined {
  const failure = state.failures.get(unitKey(frame, part));
  if (failure && (failure.permanent || failure.times + state.brokenAttempts >= ATTEMPT_LIMIT)) {
    return { code: failure.code, message: failure.message };
  }
  const reason = state.lastReason ?? { code: 'UNKNOWN', message: 'no reason was given' };
  if (state.brokenAttempts >= ATTEMPT_LIMIT) return reason;
  if (state.losses >= LOSS_LIMIT) {
    return { code: 'LOST', message: `the worker vanished ${state.losses} times, last: ${reason.message}` };
  }
  if (state.interruptions >= INTERRUPTION_LIMIT) {
    return {
      code: 'INTERRUPTED',
      message: `interrupted ${state.interruptions} times, last: ${reason.message}`,
    };
  }
  return undefined;
}
