import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Duplex, Readable } from 'node:stream';
import { createMarkedLog, joined, type LogPassage } from './marked-log.ts';
import { type DriverCommand, type DriverMessage, driverMessage } from './protocol.ts';
import type { ConfinedCommand } from './sandbox.ts';

/** How a driver ended, and the last that it said. */
export interface DriverExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly passage: LogPassage;
  /** Set when this side ended it. */
  readonly killedFor: string | undefined;
}

export interface DriverListener {
  /** An answer, with all that Blender printed before it. */
  onMessage(message: DriverMessage, passage: LogPassage): void;
  /** Called once, after the last answer. */
  onExit(exit: DriverExit): void;
}

export interface DriverProcess {
  readonly pid: number | undefined;
  send(command: DriverCommand): void;
  /** Who hears the answers from now on; there is one at a time. */
  listen(listener: DriverListener): void;
  /** Ends it at once; bubblewrap takes everything inside with it. */
  kill(reason: string): void;
  readonly exited: Promise<DriverExit>;
}

/** An answer is a few KB; a longer one is no answer of ours. */
const MAX_ANSWER = 8 * 1024 * 1024;

/** What follows the token on the driver's command line: the number of the inherited descriptor. */
export const DRIVER_DESCRIPTOR = 3;

export interface DriverStart {
  command(token: string): ConfinedCommand;
  onLine(stream: 'stdout' | 'stderr', line: string): void;
}

/** Starts the driver and tells its answers in order, each together with the lines printed before it. */
export function startDriver({ command, onLine }: DriverStart): DriverProcess {
  const token = randomBytes(16).toString('hex');
  const { program, args, environment } = command(token);
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: environment as NodeJS.ProcessEnv,
  });
  const channel = child.stdio[DRIVER_DESCRIPTOR] as Duplex;
  const waiting: DriverMessage[] = [];
  let listener: DriverListener | undefined;
  let killedFor: string | undefined;

  const kill = (reason: string): void => {
    killedFor ??= reason;
    child.kill('SIGKILL');
  };
  const deliver = (force: boolean): void => {
    while (waiting[0] && (force || Math.min(stdout.mark(), stderr.mark()) >= waiting[0].mark)) {
      const message = waiting.shift() as DriverMessage;
      listener?.onMessage(message, joined(stdout.take(message.mark), stderr.take(message.mark)));
    }
  };
  const follow = (stream: Readable, name: 'stdout' | 'stderr') =>
    createMarkedLog(stream, token, { onLine: (line) => onLine(name, line), onMark: () => deliver(false) });
  const stdout = follow(child.stdout as Readable, 'stdout');
  const stderr = follow(child.stderr as Readable, 'stderr');

  readAnswers(channel, {
    onAnswer(message) {
      waiting.push(message);
      deliver(false);
    },
    onNonsense: () => kill('the driver answered in a way that no driver of ours does'),
  });
  // Writing to a driver that has just died is told by its exit.
  channel.on('error', () => {});
  const exited = new Promise<DriverExit>((resolve) => {
    let failed: string | undefined;
    child.on('error', (error) => {
      failed = `it could not be started (${error.message})`;
      if (child.pid === undefined)
        resolve({ code: null, signal: null, passage: stdout.rest(), killedFor: failed });
    });
    child.on('close', (code, signal) => {
      deliver(true);
      resolve({
        code,
        signal,
        passage: joined(stdout.rest(), stderr.rest()),
        killedFor: killedFor ?? failed,
      });
    });
  });
  void exited.then((exit) => listener?.onExit(exit));

  return {
    pid: child.pid,
    send: (sent) => channel.write(`${JSON.stringify(sent)}\n`),
    listen: (next) => {
      listener = next;
      deliver(false);
    },
    kill,
    exited,
  };
}

function readAnswers(
  channel: Readable,
  { onAnswer, onNonsense }: { onAnswer(message: DriverMessage): void; onNonsense(): void },
): void {
  let open = '';
  channel.setEncoding('utf8');
  channel.on('data', (data: string) => {
    const lines = (open + data).split('\n');
    open = lines.pop() as string;
    if (open.length > MAX_ANSWER) return onNonsense();
    for (const line of lines) {
      const message = parsed(line);
      if (!message) return onNonsense();
      onAnswer(message);
    }
  });
}

function parsed(line: string): DriverMessage | undefined {
  try {
    return driverMessage.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
