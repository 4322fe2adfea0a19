import { constants } from 'node:os';
import type { DriverExit } from './driver-process.ts';

/** The words for how a process ends that are worth more than their number. */
const CAUSES: Readonly<Record<string, string>> = {
  SIGSEGV: 'crashed (segmentation fault)',
  SIGABRT: 'crashed (it aborted itself)',
  SIGBUS: 'crashed (bus error)',
  SIGILL: 'crashed (illegal instruction)',
  SIGFPE: 'crashed (arithmetic error)',
  SIGKILL: 'was killed from outside (perhaps for lack of memory)',
  SIGTERM: 'was ended from outside',
  SIGXFSZ: 'wrote a larger file than it may',
};
const CRASHES = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE']);

/** Bubblewrap and shells tell the end by signal N as exit code 128 + N. */
function signalOf({ code, signal }: DriverExit): string | undefined {
  if (signal) return signal;
  return Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0];
}

/** True when Blender itself failed on what it was given, rather than somebody ending it. */
export const crashed = (exit: DriverExit): boolean =>
  exit.killedFor === undefined && CRASHES.has(signalOf(exit) ?? '');

/** Why the process ended and the last that it said: `Blender crashed (segmentation fault). It last said: …`. */
export function describeExit(exit: DriverExit): string {
  const signal = signalOf(exit);
  const cause =
    exit.killedFor ??
    (signal ? (CAUSES[signal] ?? `ended by ${signal}`) : `ended with exit code ${exit.code}`);
  const said = exit.passage.tail.slice(-5).join(' | ');
  return `Blender ${cause}.${said ? ` It last said: ${said}` : ''}`;
}
