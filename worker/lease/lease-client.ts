import * as z from 'zod/mini';
import {
  beatAnswer,
  type beatRequest,
  type LeaseAnswer,
  type LeaseRequest,
  leaseAnswer,
  uploadsAnswer,
  type uploadsRequest,
} from '#events/lease.ts';
import { Fault } from '#shared/core/fault.ts';
import type { Capabilities } from '#worker/renderer/renderer.ts';
import { createDeadline, type Fetch, refusal, send } from './http.ts';

/** As on the wire, from what the worker knows as constants. */
export type LeaseQuestion = Omit<LeaseRequest, 'capabilities'> & { readonly capabilities: Capabilities };
export type Beat = z.infer<typeof beatRequest>;
export type BeatAnswer = z.infer<typeof beatAnswer>;
export type UploadFile = z.infer<typeof uploadsRequest>['files'][number];
export type UploadTarget = z.infer<typeof uploadsAnswer>['files'][number];

/**
 * The control plane as a worker sees it. One try each: who calls decides how long to go on trying.
 * CANCELLED from `beat` and `uploads` means that the attempt has lost its lease.
 */
export interface LeaseClient {
  lease(grant: string, request: LeaseQuestion, signal?: AbortSignal): Promise<LeaseAnswer>;
  beat(grant: string, beat: Beat, signal?: AbortSignal): Promise<BeatAnswer>;
  uploads(grant: string, files: readonly UploadFile[], signal?: AbortSignal): Promise<UploadTarget[]>;
}

export interface LeaseClientOptions {
  readonly baseUrl: string;
  readonly fetch: Fetch;
  /** One call takes no longer. */
  readonly timeoutMs?: number;
}

export function createLeaseClient({ baseUrl, fetch, timeoutMs = 30_000 }: LeaseClientOptions): LeaseClient {
  const call = async <T>(
    path: string,
    grant: string,
    body: unknown,
    schema: z.ZodMiniType<T>,
    signal?: AbortSignal,
  ): Promise<T> => {
    const deadline = createDeadline(timeoutMs, signal);
    const request = new Request(new URL(path, baseUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${grant}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      // A redirect would carry the grant to another host.
      redirect: 'error',
      signal: deadline.signal,
    });
    try {
      const response = await send(fetch, request, deadline);
      if (!response.ok) throw await refusal(response, path);
      return parsed(path, await response.text().catch(() => ''), schema);
    } finally {
      deadline.clear();
    }
  };

  return {
    lease: (grant, request, signal) => call('/v1/lease', grant, request, leaseAnswer, signal),
    beat: (grant, beat, signal) =>
      call('/v1/lease/beat', grant, beat, beatAnswer, signal).catch(rethrowAsLost),
    uploads: async (grant, files, signal) => {
      const answer = await call('/v1/lease/uploads', grant, { files }, uploadsAnswer, signal).catch(
        rethrowAsLost,
      );
      return answer.files;
    },
  };
}

/** A cut-off or foreign answer (a proxy's page) is an outage, not a verdict on the attempt. */
function parsed<T>(path: string, text: string, schema: z.ZodMiniType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.core.$ZodError ? z.prettifyError(cause) : String(cause);
    throw new Fault('UNAVAILABLE', `${path} answered what no control plane answers: ${why}`, { cause });
  }
}

function rethrowAsLost(error: unknown): never {
  const lost = error instanceof Fault && (error.code === 'FORBIDDEN' || error.code === 'CONFLICT');
  throw lost ? new Fault('CANCELLED', `The lease is lost: ${error.message}`, { cause: error }) : error;
}
