import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Fault } from '#shared/core/fault.ts';
import { type Fetch, refusal, send, unavailable } from '#worker/lease/http.ts';
import { type Patience, persist } from '#worker/lease/persist.ts';

export interface AssetFile {
  /** Within the scene's folder; for messages. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly url: string;
}

export interface DownloadOptions {
  readonly fetch: Fetch;
  readonly baseUrl: string;
  readonly patience: Patience;
  /** Nothing arrived for so long: the connection is given up and resumed. */
  readonly stallMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: (fault: Fault, delayMs: number) => void;
}

/**
 * Downloads one file to `target`. Resolves only when size and SHA-256 are right. A broken connection is
 * resumed where it broke. Wrong bytes are fetched once more from the start (something on the way may have
 * bent them); then UNAVAILABLE names the file.
 */
export async function download(file: AssetFile, target: string, options: DownloadOptions): Promise<void> {
  for (let tries = 1; ; tries++) {
    const wrong = await downloadOnce(file, target, options);
    if (wrong === undefined) return;
    if (tries < 2) continue;
    throw new Fault('UNAVAILABLE', `Scene file ${JSON.stringify(file.path)} arrives wrong twice: ${wrong}`, {
      details: { path: file.path, sha256: file.sha256 },
    });
  }
}

interface Received {
  readonly handle: FileHandle;
  hash: Hash;
  size: number;
}

async function downloadOnce(
  file: AssetFile,
  target: string,
  options: DownloadOptions,
): Promise<string | undefined> {
  const handle = await open(target, 'w');
  try {
    const received: Received = { handle, hash: createHash('sha256'), size: 0 };
    await persist(() => receive(file, received, options), options);
    if (received.size !== file.size) return `it has not the ${file.size} bytes it should have.`;
    const sha256 = received.hash.digest('hex');
    if (sha256 !== file.sha256) return `its SHA-256 is ${sha256}, not ${file.sha256}.`;
    await handle.chmod(0o444);
    return undefined;
  } finally {
    await handle.close();
  }
}

/** One connection: goes on after what has been received, or starts anew when the server cannot. */
async function receive(file: AssetFile, received: Received, options: DownloadOptions): Promise<void> {
  const what = `Scene file ${JSON.stringify(file.path)}`;
  const stall = new AbortController();
  const timer = setTimeout(
    () => stall.abort(new DOMException(`nothing arrived for ${options.stallMs} ms`, 'TimeoutError')),
    options.stallMs,
  );
  const signal = options.signal ? AbortSignal.any([options.signal, stall.signal]) : stall.signal;
  try {
    const headers: Record<string, string> = received.size > 0 ? { range: `bytes=${received.size}-` } : {};
    const request = new Request(new URL(file.url, options.baseUrl), { headers, signal });
    const response = await send(options.fetch, request, { signal });
    if (!response.ok) throw await refusal(response, what);
    if (response.status !== 206 && received.size > 0) {
      await received.handle.truncate(0);
      received.hash = createHash('sha256');
      received.size = 0;
    }
    await drain(response, file, received, { signal, what, onBytes: () => timer.refresh() });
  } finally {
    clearTimeout(timer);
  }
}

async function drain(
  response: Response,
  file: AssetFile,
  received: Received,
  { signal, what, onBytes }: { signal: AbortSignal; what: string; onBytes: () => void },
): Promise<void> {
  if (!response.body) return;
  const reader = response.body.getReader();
  const cancel = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener('abort', cancel, { once: true });
  try {
    // More than promised will not become right; an endless body must not fill the disk.
    while (received.size <= file.size) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw unavailable(error, signal, what);
      });
      if (signal.aborted) throw unavailable(signal.reason, signal, what);
      if (done) break;
      onBytes();
      await writeAll(received.handle, value, received.size);
      received.hash.update(value);
      received.size += value.length;
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
  if (received.size < file.size)
    throw new Fault('UNAVAILABLE', `${what} broke off after ${received.size} of ${file.size} bytes.`);
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}
