import type { Readable, Writable } from 'node:stream';
import type { Local } from './control.ts';

/** A place to print: a terminal when it has columns. */
export interface Output extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** All that a command touches of the world outside; tests give their own. */
export interface Cli {
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  now(): number;
  /** Resolves with the signal's name when the process is asked to stop. */
  stopAsked(): { readonly signal: AbortSignal; release(): void };
  local(): Promise<Local>;
  /** What the process will exit with: see EXIT. */
  exitCode: number;
}

export const EXIT = { done: 0, failed: 1, usage: 2, notFound: 3 } as const;

export const EXIT_HELP = `
Exit codes: 0 done, 1 the render failed, 2 bad usage or input, 3 not found`;

/** One JSON document for other programs. */
export function printJson(cli: Cli, value: unknown): void {
  cli.stdout.write(`${JSON.stringify(value, null, cli.stdout.isTTY ? 2 : 0)}\n`);
}

export function printLines(output: Output, lines: readonly string[]): void {
  if (lines.length > 0) output.write(`${lines.join('\n')}\n`);
}
