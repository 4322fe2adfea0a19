import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Fault } from '#shared/core/fault.ts';
import type { Cli } from './context.ts';
import type { Control, Place } from './control.ts';
import { findRender } from './find-render.ts';

/** Options of every command that works with what a Dropframe on this machine has. */
export const addPlaceOptions = (command: Command): Command =>
  command.option('--root <dir>', 'where Dropframe keeps its state (DROPFRAME_ROOT; ./dropframe when absent)');

export interface PlaceOptions {
  readonly root?: string;
  readonly inbox?: string;
  readonly output?: string;
}

/** Everything lies under one folder unless asked otherwise. */
export function placeOf(cli: Cli, options: PlaceOptions): Place {
  const root = resolve(cli.cwd, options.root ?? cli.env.DROPFRAME_ROOT ?? 'dropframe');
  return {
    root,
    inbox: resolve(cli.cwd, options.inbox ?? resolve(root, 'inbox')),
    output: resolve(cli.cwd, options.output ?? resolve(root, 'output')),
  };
}

/** Opens what is there, runs, and closes, whatever happens. */
export async function withControl<T>(
  cli: Cli,
  options: PlaceOptions,
  use: (control: Control) => Promise<T>,
): Promise<T> {
  const control = await (await cli.local()).open(placeOf(cli, options));
  try {
    return await use(control);
  } finally {
    await control.close();
  }
}

/** The render that a person means; NOT_FOUND names what there is. */
export async function renderIdOf(control: Control, text: string): Promise<string> {
  return findRender(await control.list(), text).renderId;
}

/** A whole number given as an argument. */
export function parseFrameNumber(text: string): number {
  const frame = Number(text);
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(frame)) return frame;
  throw new Fault('INVALID_INPUT', `FRAME: "${text}" is not a frame number; give a whole number such as 12`);
}
