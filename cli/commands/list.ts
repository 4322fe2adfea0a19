import { Command } from 'commander';
import type { RenderHead } from '#shared/core/render-events.ts';
import { type Cli, printJson, printLines } from '../context.ts';
import type { Refusal } from '../control.ts';
import { addPlaceOptions, type PlaceOptions, withControl } from '../place.ts';
import { clockTime, printable, table } from '../text.ts';
import { isoTimes } from '../wire.ts';

const EXAMPLES = `
Examples:
  $ dropframe list
  $ dropframe list --json
  $ dropframe list --rejects`;

interface ListOptions extends PlaceOptions {
  readonly json?: boolean;
  readonly rejects?: boolean;
}

/** The renders, the newest first. */
export function listLines(heads: readonly RenderHead[]): readonly string[] {
  if (heads.length === 0) return ['no renders yet; dropframe render or dropframe up makes some'];
  const rows = heads.map(({ renderId, shot, shotVersion, phase, createdAt }) => [
    renderId,
    shot,
    shotVersion > 0 ? `v${String(shotVersion).padStart(3, '0')}` : '-',
    phase,
    clockTime(createdAt),
  ]);
  return table(['render', 'shot', 'version', 'phase', 'requested'], rows);
}

/** What became no render, the newest first, each with the reason. */
export function rejectLines(refusals: readonly Refusal[]): readonly string[] {
  if (refusals.length === 0) return ['nothing was refused'];
  return refusals.flatMap(({ subject, code, message, at }) => [
    printable(`${clockTime(at)}  ${subject}`),
    printable(`  ${code}: ${message}`),
  ]);
}

export function command(cli: Cli): Command {
  const made = new Command('list')
    .description('The renders of this Dropframe, or what it refused, the newest first.')
    .option('--rejects', 'what became no render, and why');
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action((options: ListOptions) =>
      withControl(cli, options, async (control) => {
        if (options.rejects) {
          const refusals = (await control.rejects()).toSorted((a, b) => b.at - a.at);
          if (options.json) printJson(cli, isoTimes(refusals));
          else printLines(cli.stdout, rejectLines(refusals));
          return;
        }
        const heads = (await control.list()).toSorted((a, b) => b.createdAt - a.createdAt);
        if (options.json) printJson(cli, isoTimes(heads));
        else printLines(cli.stdout, listLines(heads));
      }),
    );
}
