import { Fault, type FaultCode } from '#shared/core/fault.ts';

/** The global `fetch`, or the `fetch` of an app in this process. */
export type Fetch = (request: Request) => Response | Promise<Response>;

/** The end of somebody's patience, or of a time, whichever comes first. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The time counts no more. */
  clear(): void;
}

/**
 * A deadline that holds on to its own timer. `AbortSignal.timeout` and the signals made from it are only
 * weakly held by Node: one that nothing but a request refers to may be collected before it fires (seen once
 * in a thousand test runs), and the request then waits forever.
 */
export function createDeadline(timeoutMs: number, patience?: AbortSignal): Deadline {
  const controller = new AbortController();
  const giveUp = () => controller.abort(patience?.reason);
  const timer = setTimeout(() => {
    controller.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError'));
  }, timeoutMs);
  if (patience?.aborted) giveUp();
  patience?.addEventListener('abort', giveUp, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      patience?.removeEventListener('abort', giveUp);
    },
  };
}

/** One request; what goes wrong on the way is UNAVAILABLE, and an abort stays an abort. */
export async function send(
  fetch: Fetch,
  request: Request,
  { signal }: Pick<Deadline, 'signal'>,
): Promise<Response> {
  const over = Promise.withResolvers<never>();
  const end = () => over.reject(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([fetch(request), over.promise]);
  } catch (error) {
    throw unavailable(error, signal, `${request.method} ${withoutQuery(request.url)}`);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** A broken connection or a timeout as a fault that is worth another try. */
export function unavailable(error: unknown, signal: AbortSignal, what: string): unknown {
  if (signal.aborted && !isTimeout(signal.reason)) return signal.reason;
  if (error instanceof Fault) return error;
  return new Fault('UNAVAILABLE', `${what} failed: ${described(error)}`, { cause: error });
}

/** What an unwelcome status means. The body's first words are kept: they often hold the only reason. */
export async function refusal(response: Response, what: string): Promise<Fault> {
  const said = (await response.text().catch(() => '')).slice(0, 500).trim();
  const retryAfterMs = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000;
  return new Fault(faultCode(response.status), `${what}: ${response.status} ${said || response.statusText}`, {
    details: { status: response.status, said, ...(retryAfterMs > 0 ? { retryAfterMs } : {}) },
  });
}

/** Presigned URLs carry their permission in the query, which must never reach a log. */
export const withoutQuery = (url: string): string => url.replace(/\?.*$/s, '');

function faultCode(status: number): FaultCode {
  if (status === 401 || status === 403) return 'FORBIDDEN';
  if (status === 404 || status === 410) return 'NOT_FOUND';
  if (status === 409) return 'CONFLICT';
  if (status === 412) return 'PRECONDITION_FAILED';
  if (status === 413) return 'TOO_LARGE';
  if (status === 429) return 'THROTTLED';
  return status >= 500 || status === 408 ? 'UNAVAILABLE' : 'INVALID_INPUT';
}

const isTimeout = (reason: unknown): boolean =>
  reason instanceof DOMException && reason.name === 'TimeoutError';

function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
