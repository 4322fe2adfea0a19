import { CommanderError } from 'commander';
import { Fault, type FaultCode } from '#shared/core/fault.ts';
import { type Cli, EXIT, printJson } from './context.ts';
import { printable } from './text.ts';

const USAGE: ReadonlySet<FaultCode> = new Set([
  'INVALID_MESSAGE',
  'INVALID_INPUT',
  'INVALID_FRAME_RANGE',
  'INVALID_SCENE',
  'UNSUPPORTED_SCENE',
  'MISSING_INPUTS',
  'REFUSED',
  'TOO_LARGE',
]);

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (!(error instanceof Fault)) return EXIT.failed;
  if (error.code === 'NOT_FOUND') return EXIT.notFound;
  return USAGE.has(error.code) ? EXIT.usage : EXIT.failed;
}

function described(error: unknown): { code: string; message: string; details?: unknown } {
  if (error instanceof Fault) {
    const { code, message, details } = error;
    return { code, message, ...(details ? { details } : {}) };
  }
  if (error instanceof CommanderError) {
    return { code: 'INVALID_INPUT', message: error.message.replace(/^error: /, '') };
  }
  return { code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error) };
}

/**
 * Tells what went wrong, in the one form that people (`dropframe: …` on stderr) or programs
 * (`{"error":{code,message,details}}` on stdout) get, and sets the exit code.
 */
export function reportError(cli: Cli, error: unknown, json: boolean): void {
  cli.exitCode = exitCodeOf(error);
  if (cli.exitCode === EXIT.done) return;
  const told = described(error);
  if (json) {
    printJson(cli, { error: told });
  } else {
    const lines = told.message.split('\n').map(printable);
    cli.stderr.write(`dropframe: ${lines.join('\n  ')}\n`);
  }
  if (told.code !== 'UNEXPECTED') return;
  const { stack } = error as { stack?: string };
  if (cli.env.DEBUG) cli.stderr.write(`${stack}\n`);
  else if (!json) cli.stderr.write('This is a fault of Dropframe or of the machine; DEBUG=1 shows where.\n');
}
