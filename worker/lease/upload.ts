import { openAsBlob } from 'node:fs';
import { Fault } from '#shared/core/fault.ts';
import type { Log } from '#shared/ports.ts';
import { createDeadline, type Fetch, refusal, send, withoutQuery } from './http.ts';
import type { LeaseClient, UploadFile, UploadTarget } from './lease-client.ts';
import { type Patience, persist } from './persist.ts';

export interface LocalFile extends UploadFile {
  /** Read anew for every try. */
  body(): Promise<Blob>;
}

/** Resolves with the object's key once the file is stored. */
export type Upload = (file: LocalFile, signal?: AbortSignal) => Promise<string>;

/** A file on this machine's disk, streamed from there. */
export const fileAt = (path: string, file: UploadFile): LocalFile => ({
  ...file,
  body: () => openAsBlob(path),
});

export interface UploadOptions {
  readonly client: LeaseClient;
  readonly grant: string;
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly patience: Patience;
  readonly log: Log;
}

/** One call asks for the URLs of so many files: a batch is what came in while the last call ran. */
const BATCH = 32;
/** A request is given this long, and a millisecond more for every 50 bytes (50 kB/s). */
const BASE_TIMEOUT_MS = 60_000;
const BYTES_PER_MS = 50;

/**
 * Uploads files of one attempt, each to a URL that creates one object of this size and hash. An object
 * that exists already is our own, whose answer was lost: nobody else may write this attempt's names.
 */
export function createUpload(options: UploadOptions): Upload {
  const { client, grant, patience, log } = options;
  const askTarget = createBatches((files: readonly UploadFile[]) => client.uploads(grant, files));

  return (file, signal) =>
    persist(
      async () => {
        // A fresh URL for every try: the last one may have expired while the network was away.
        const target = await abortable(
          askTarget({ name: file.name, size: file.size, sha256: file.sha256 }),
          signal,
        );
        await put(file, target, options, signal);
        return target.key;
      },
      {
        patience,
        signal,
        onRetry: ({ message }, delayMs) => log.warn('Uploading again', { name: file.name, message, delayMs }),
      },
    );
}

async function put(
  file: LocalFile,
  target: UploadTarget,
  { fetch, baseUrl }: UploadOptions,
  signal?: AbortSignal,
): Promise<void> {
  const body = await file.body();
  const deadline = createDeadline(Math.ceil(BASE_TIMEOUT_MS + file.size / BYTES_PER_MS), signal);
  const request = new Request(new URL(target.url, baseUrl), {
    method: 'PUT',
    headers: target.headers,
    body,
    signal: deadline.signal,
  });
  const response = await send(fetch, request, deadline).finally(deadline.clear);
  if (response.ok) {
    await response.body?.cancel();
    return;
  }
  const fault = await refusal(response, `Uploading ${file.name} to ${withoutQuery(request.url)}`);
  if (!exists(fault)) throw fault.code === 'FORBIDDEN' ? expired(fault) : fault;
}

/**
 * S3 answers 412 to a create-only write of what exists, and 409 ConditionalRequestConflict while another
 * such write is under way, which says nothing yet
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
 * Azure answers 409 BlobAlreadyExists (https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes).
 */
const exists = ({ code, details }: Fault): boolean =>
  code === 'PRECONDITION_FAILED' ||
  (code === 'CONFLICT' && !/ConditionalRequestConflict|OperationAborted/.test(String(details?.said)));

/** A URL that is no longer good: the next try asks for a new one. */
const expired = (fault: Fault): Fault =>
  new Fault('UNAVAILABLE', fault.message, { cause: fault, details: fault.details ?? {} });

/** Asks for many targets in few calls, without ever waiting for company. */
function createBatches(call: (files: readonly UploadFile[]) => Promise<UploadTarget[]>) {
  type Waiting = PromiseWithResolvers<UploadTarget> & { readonly file: UploadFile };
  const waiting: Waiting[] = [];
  let calling = false;

  const callAll = async (): Promise<void> => {
    calling = true;
    // Whatever is added in this turn of the event loop is company that costs no time.
    await Promise.resolve();
    for (let batch = waiting.splice(0, BATCH); batch.length > 0; batch = waiting.splice(0, BATCH)) {
      const answer = call(batch.map(({ file }) => file));
      const targets = await answer.catch((error: unknown) => error as Error);
      for (const { file, resolve, reject } of batch) {
        const target = targets instanceof Error ? undefined : targets.find(({ name }) => name === file.name);
        if (target) resolve(target);
        else reject(targets instanceof Error ? targets : noTarget(file));
      }
    }
    calling = false;
  };

  return (file: UploadFile): Promise<UploadTarget> => {
    const item = { ...Promise.withResolvers<UploadTarget>(), file };
    waiting.push(item);
    if (!calling) void callAll();
    return item.promise;
  };
}

const noTarget = ({ name }: UploadFile): Fault =>
  new Fault('UNAVAILABLE', `The control plane names no URL for ${name}.`);

/** Stops waiting on an abort, although what is waited for goes on for others. */
function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  const { promise: abort, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([promise, abort]).finally(() => signal.removeEventListener('abort', onAbort));
}
