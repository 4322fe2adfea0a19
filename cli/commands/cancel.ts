import { Command } from 'commander';
import { type Cli, printJson, printLines } from '../context.ts';
import { addPlaceOptions, type PlaceOptions, renderIdOf, withControl } from '../place.ts';

const EXAMPLES = `
Examples:
  $ dropframe cancel film/sq01/sh010
  $ dropframe cancel last --why "wrong camera"`;

export function command(cli: Cli): Command {
  const made = new Command('cancel')
    .description('Stop a render: what runs is given up, what waits is forgotten, what is done stays.')
    .argument('<render>', 'id, start of an id, shot, shot@v003, or last')
    .option('--why <text>', 'the reason, for the log', 'asked on the command line');
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action((render: string, options: PlaceOptions & { readonly why: string; readonly json?: boolean }) =>
      withControl(cli, options, async (control) => {
        const renderId = await renderIdOf(control, render);
        await control.cancel(renderId, options.why);
        if (options.json) printJson(cli, { renderId, cancel: true });
        else printLines(cli.stdout, [`${renderId}: cancelled; what was done stays; dropframe retry goes on`]);
      }),
    );
}
