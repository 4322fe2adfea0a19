/**
 * Everything that Dropframe can say is wrong, each with the one bit that a queue needs: is it worth
 * delivering the same message again? What is not a `Fault` is a bug or an outage, and is retried.
 */
export const FAULTS = {
  INVALID_MESSAGE: { retryable: false },
  INVALID_INPUT: { retryable: false },
  INVALID_FRAME_RANGE: { retryable: false },
  INVALID_SCENE: { retryable: false },
  UNSUPPORTED_SCENE: { retryable: false },
  MISSING_INPUTS: { retryable: false },
  REFUSED: { retryable: false },
  NOT_FOUND: { retryable: false },
  FORBIDDEN: { retryable: false },
  CONFLICT: { retryable: true },
  PRECONDITION_FAILED: { retryable: false },
  TOO_LARGE: { retryable: false },
  BUSY: { retryable: true },
  THROTTLED: { retryable: true },
  UNAVAILABLE: { retryable: true },
  BROKEN_FRAME: { retryable: true },
  RENDERER_FAILED: { retryable: true },
  CANCELLED: { retryable: false },
} as const;

export type FaultCode = keyof typeof FAULTS;

export interface FaultOptions {
  readonly cause?: unknown;
  /** Machine-readable facts beside the sentence: the field, the value, the fix. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An expected failure, told in words that a person can act on. Compare by `code`, never by message. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.name = 'Fault';
    this.code = code;
    this.details = options.details;
  }

  get retryable(): boolean {
    return FAULTS[this.code].retryable;
  }
}

/** True when delivering the same message again may help: outages, bugs and retryable faults. */
export const isRetryable = (error: unknown): boolean => !(error instanceof Fault) || error.retryable;
