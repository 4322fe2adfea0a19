import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { Fault } from '#shared/core/fault.ts';

export interface FfmpegRun {
  readonly args: readonly string[];
  /** What to feed to its standard input. */
  readonly input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** The most that it may print on standard output; what it prints beyond is a fault. */
  readonly maxOutputBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

const ERROR_BYTES = 4096;

async function feed(
  stdin: NodeJS.WritableStream,
  input: FfmpegRun['input'],
  ended: Promise<unknown>,
): Promise<void> {
  for await (const piece of input) {
    if (!stdin.writable) return;
    // Also wakes when ffmpeg dies: a closed pipe never drains.
    if (!stdin.write(piece))
      await Promise.race([new Promise((resolve) => stdin.once('drain', resolve)), ended]);
  }
  stdin.end();
}

/**
 * Runs ffmpeg at low priority on what it is fed through its standard input, and gives what it prints.
 * It opens no file by a name found in its input: only pipes and plain files may be opened at all.
 * RENDERER_FAILED with its own last words when it fails, CANCELLED when told to stop.
 */
export async function runFfmpeg({ args, input, maxOutputBytes = 0, signal }: FfmpegRun): Promise<Buffer> {
  if (signal?.aborted) throw new Fault('CANCELLED', 'Encoding was cancelled.');
  const child = spawn(
    'ffmpeg',
    ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', '-protocol_whitelist', 'pipe,file', ...args],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new Fault('UNAVAILABLE', `ffmpeg cannot be started: ${cause.message}. Install ffmpeg.`, { cause }),
      ),
    );
    child.once('close', resolve);
  });
  const stop = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', stop);
  const output: Buffer[] = [];
  let size = 0;
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => {
    size += bytes.length;
    if (size > maxOutputBytes) stop();
    else output.push(bytes);
  });
  child.stderr.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString('utf8')).slice(-ERROR_BYTES);
  });
  // A pipe that ffmpeg closes early is told by its exit code.
  child.stdin.on('error', () => undefined);
  try {
    if (child.pid) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    const feeding = feed(child.stdin, input, ended);
    const [code] = await Promise.all([ended, feeding]);
    if (signal?.aborted) throw new Fault('CANCELLED', 'Encoding was cancelled.');
    if (size > maxOutputBytes)
      throw new Fault('RENDERER_FAILED', `ffmpeg printed more than ${maxOutputBytes} bytes`);
    if (code !== 0) throw new Fault('RENDERER_FAILED', `ffmpeg failed (${code}): ${said.trim()}`);
    return Buffer.concat(output);
  } finally {
    stop();
    signal?.removeEventListener('abort', stop);
  }
}
