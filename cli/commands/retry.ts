import { Command } from 'commander';
import { type Cli, printJson, printLines } from '../context.ts';
import { addPlaceOptions, type PlaceOptions, renderIdOf, withControl } from '../place.ts';

const EXAMPLES = `
Examples:
  $ dropframe retry film/sq01/sh010
  $ dropframe retry last --why "wrong camera"`;

export function command(cli: Cli): Command {
  const made = new Command('retry')
    .description(
      'Render again what failed or is missing, and only that; also goes on with a cancelled render.',
    )
    .argument('<render>', 'id, start of an id, shot, shot@v003, or last')
    .option('--why <text>', 'the reason, for the log', 'asked on the command line');
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action((render: string, options: PlaceOptions & { readonly why: string; readonly json?: boolean }) =>
      withControl(cli, options, async (control) => {
        const renderId = await renderIdOf(control, render);
        await control.retry(renderId, options.why);
        if (options.json) printJson(cli, { renderId, retry: true });
        else
          printLines(cli.stdout, [
            `${renderId}: asked again; a running dropframe up renders it; dropframe status tells how far it is`,
          ]);
      }),
    );
}
