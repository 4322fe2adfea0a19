import { Command } from 'commander';
import { Fault } from '#shared/core/fault.ts';
import { type Cli, printJson, printLines } from '../context.ts';
import { addPlaceOptions, type PlaceOptions, renderIdOf, withControl } from '../place.ts';
import { endLines, progressLines } from '../progress.ts';
import { type RenderView, viewRender } from '../render-view.ts';
import { clockTime, duration, plural } from '../text.ts';
import { isoTimes } from '../wire.ts';

const EXAMPLES = `
Examples:
  $ dropframe status film/sq01/sh010
  $ dropframe status last --json

RENDER is the id of a render, the start of its id, its shot (then the newest of the shot), shot@v003, or last.`;

/** One render now: how far it is, what it waits for, what went wrong. */
export function statusLines(view: RenderView, now: number): readonly string[] {
  const age = `requested ${clockTime(view.createdAt)}, changed ${duration(now - view.changedAt)} ago`;
  const head = [`${view.renderId}  ${age}${view.slices > 0 ? `, ${plural(view.slices, 'slice')}` : ''}`];
  return [...head, ...(view.final ? endLines(view) : progressLines(view, Number.POSITIVE_INFINITY))];
}

export function command(cli: Cli): Command {
  const made = new Command('status')
    .description('How far a render is, what it waits for, and what went wrong.')
    .argument('<render>', 'id, start of an id, shot, shot@v003, or last');
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action((render: string, options: PlaceOptions & { readonly json?: boolean }) =>
      withControl(cli, options, async (control) => {
        const record = await control.read(await renderIdOf(control, render));
        const view = record && viewRender(record, cli.now());
        if (!view) throw new Fault('NOT_FOUND', `${render}: there is no such render`);
        if (options.json) printJson(cli, isoTimes(view));
        else printLines(cli.stdout, statusLines(view, cli.now()));
      }),
    );
}
