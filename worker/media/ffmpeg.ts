import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { delimiter, join } from 'node:path';
import { Fault } from '#shared/core/fault.ts';
import {
  type ConfinedCommand,
  programBinds,
  sandboxed,
  sandboxKind,
  unconfined,
} from '#worker/renderer/sandbox.ts';

export interface FfmpegRun {
  readonly args: readonly string[];
  /** What to feed to its standard input. */
  readonly input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** The most that it may print on standard output; what it prints beyond is a fault. */
  readonly maxOutputBytes?: number;
  /** Decode what a scene's author may have made: within the sandbox where there is one, with pipes only. */
  readonly confined?: boolean;
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

async function commandFor(args: readonly string[], confined: boolean): Promise<ConfinedCommand> {
  const own = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y'];
  const allowed = ['-protocol_whitelist', confined ? 'pipe' : 'pipe,file'];
  const path = confined ? findFfmpeg() : undefined;
  const command = [path ?? 'ffmpeg', ...own, ...allowed, ...args];
  if (!path || (await sandboxKind()) === 'none') return unconfined(command, {});
  return sandboxed(command, { readOnly: programBinds([path]) });
}

const findFfmpeg = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'ffmpeg'))
    .find((path) => existsSync(path));

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already.
  }
}

/**
 * Runs ffmpeg at low priority on what it is fed through its standard input, and gives what it prints.
 * It opens no file by a name found in its input: only pipes and plain files may be opened at all.
 * RENDERER_FAILED with its own last words when it fails, CANCELLED when told to stop.
 */
export async function runFfmpeg({
  args,
  input,
  maxOutputBytes = 0,
  confined = false,
  signal,
}: FfmpegRun): Promise<Buffer> {
  if (signal?.aborted) throw new Fault('CANCELLED', 'Encoding was cancelled.');
  const { program, args: all, environment } = await commandFor(args, confined);
  const child = spawn(program, all, { stdio: ['pipe', 'pipe', 'pipe'], env: environment });
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
    lowerPriority(child.pid);
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
