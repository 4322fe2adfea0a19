import { Command } from 'commander';
import { Fault } from '#shared/core/fault.ts';
import type { LogEvent } from '#shared/core/render-events.ts';
import { type Cli, printJson, printLines } from '../context.ts';
import type { Control } from '../control.ts';
import { inOrder, logLines } from '../describe-event.ts';
import { addPlaceOptions, type PlaceOptions, parseFrameNumber, renderIdOf, withControl } from '../place.ts';
import { readFrameStories } from '../read-frame-stories.ts';
import { printable } from '../text.ts';
import { slicesOfFrame } from '../why-story.ts';
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

/** What Blender printed about a frame, and about no frame in particular, attempt by attempt. */
async function printedFor(control: Control, render: string, frame: number) {
  const renderId = await renderIdOf(control, render);
  const record = await control.read(renderId);
  if (!record) throw new Fault('NOT_FOUND', `${render}: there is no such render`);
  const told = await Promise.all(
    slicesOfFrame(record, frame).map((slice) => control.reports(renderId, slice)),
  );
  const logs = told.flat().map(async (report) => {
    const lines = ((await control.rendererLog(report)) ?? '')
      .split('\n')
      .filter((line) => concerns(line, frame));
    return { slice: report.slice, attempt: report.attempt, worker: report.worker, lines };
  });
  return (await Promise.all(logs)).filter(({ lines }) => lines.length > 0);
}

const concerns = (line: string, frame: number): boolean => {
  const of = /^\[frame (-?\d+)\] /.exec(line);
  return of ? Number(of[1]) === frame : line !== '';
};

export function command(cli: Cli): Command {
  const made = new Command('logs')
    .description(
      'The event log of a render; with a frame, what of it concerns that frame, and what Blender printed.',
    )
    .argument('<render>', 'id, start of an id, shot, shot@v003, or last')
    .argument('[frame]', 'number of a frame');
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action(
      (render: string, frame: string | undefined, options: PlaceOptions & { readonly json?: boolean }) => {
        const number = frame === undefined ? undefined : parseFrameNumber(frame);
        return withControl(cli, options, async (control) => {
          const events = await eventsOf(control, render, number);
          const printed = number === undefined ? [] : await printedFor(control, render, number);
          if (options.json) {
            printJson(
              cli,
              number === undefined
                ? isoTimes(inOrder(events))
                : { events: isoTimes(inOrder(events)), printed },
            );
            return;
          }
          printLines(cli.stdout, logLines(events));
          for (const { slice, attempt, worker, lines } of printed) {
            printLines(cli.stdout, [
              '',
              `Blender on ${worker}, attempt ${attempt} of slice ${slice}:`,
              ...lines.map(printable),
            ]);
          }
        });
      },
    );
}
