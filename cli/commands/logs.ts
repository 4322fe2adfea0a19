import { Command } from 'commander';
import { Fault } from '#shared/core/fault.ts';
import type { LogEvent } from '#shared/core/render-events.ts';
import { type Cli, printJson, printLines } from '../context.ts';
import type { Control } from '../control.ts';
import { inOrder, logLines } from '../describe-event.ts';
import { addPlaceOptions, type PlaceOptions, parseFrameNumber, renderIdOf, withControl } from '../place.ts';
import { readFrameStories } from '../read-frame-stories.ts';
import { isoTimes } from '../wire.ts';

const EXAMPLES = `
Examples:
  $ dropframe logs film/sq01/sh010
  $ dropframe logs last 12
  $ dropframe logs last --json`;

async function eventsOf(
  control: Control,
  render: string,
  frame: number | undefined,
): Promise<readonly LogEvent[]> {
  if (frame === undefined) {
    const record = await control.read(await renderIdOf(control, render));
    if (!record) throw new Fault('NOT_FOUND', `${render}: there is no such render`);
    return record.events;
  }
  const stories = await readFrameStories(control, render, frame);
  return [...new Set(stories.flatMap(({ events }) => events))];
}

export function command(cli: Cli): Command {
  const made = new Command('logs')
    .description('The event log of a render, or what of it concerns one frame.')
    .argument('<render>', 'id, start of an id, shot, shot@v003, or last')
    .argument('[frame]', 'number of a frame');
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action(
      (render: string, frame: string | undefined, options: PlaceOptions & { readonly json?: boolean }) => {
        const number = frame === undefined ? undefined : parseFrameNumber(frame);
        return withControl(cli, options, async (control) => {
          const events = await eventsOf(control, render, number);
          if (options.json) printJson(cli, isoTimes(inOrder(events)));
          else printLines(cli.stdout, logLines(events));
        });
      },
    );
}
