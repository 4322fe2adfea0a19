import { Command } from 'commander';
import type { RenderHead } from '#shared/core/render-events.ts';
import { type Cli, printJson, printLines } from '../context.ts';
import { addPlaceOptions, type PlaceOptions, withControl } from '../place.ts';
import { clockTime, table } from '../text.ts';
import { isoTimes } from '../wire.ts';

const EXAMPLES = `
Examples:
  $ dropframe list
  $ dropframe list --json`;

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

export function command(cli: Cli): Command {
  const made = new Command('list').description('The renders of this Dropframe, the newest first.');
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action((options: PlaceOptions & { readonly json?: boolean }) =>
      withControl(cli, options, async (control) => {
        const heads = (await control.list()).toSorted((a, b) => b.createdAt - a.createdAt);
        if (options.json) printJson(cli, isoTimes(heads));
        else printLines(cli.stdout, listLines(heads));
      }),
    );
}
