import { Command } from 'commander';
import { Fault } from '#shared/core/fault.ts';
import type { LogEvent } from '#shared/core/render-events.ts';
import { type Cli, printLines } from '../context.ts';
import type { Control, RenderRecord } from '../control.ts';
import { inOrder, logLines } from '../describe-event.ts';
import { addPlaceOptions, type PlaceOptions, parseFrameNumber, renderIdOf, withControl } from '../place.ts';
import { concerns, type Printed, readPrinted } from '../printed.ts';
import { printable } from '../text.ts';
import { frameStories, slicesOfFrame } from '../why-story.ts';
import { isoTimes } from '../wire.ts';

const EXAMPLES = `
Examples:
  $ dropframe logs film/sq01/sh010
  $ dropframe logs last 12
  $ dropframe logs last --json

With --json each line is one object: an event of the log, or, with the type "printed", a line of Blender's.`;

interface LogsOptions extends PlaceOptions {
  readonly json?: boolean;
}

function eventsOf(record: RenderRecord, frame: number | undefined): readonly LogEvent[] {
  if (frame === undefined) return record.events;
  return [...new Set(frameStories(record, frame, []).flatMap(({ events }) => events))];
}

function* slicesOf(record: RenderRecord, frame: number | undefined): Generator<number> {
  if (frame !== undefined) yield* slicesOfFrame(record, frame);
  else for (let slice = 0; slice < (record.plan?.slices.length ?? 0); slice += 1) yield slice;
}

const headOf = ({ worker, attempt, slice }: Printed): string =>
  `Blender on ${worker}, attempt ${attempt} of slice ${slice}:`;

async function show(cli: Cli, control: Control, record: RenderRecord, frame: number | undefined) {
  printLines(cli.stdout, logLines(eventsOf(record, frame)));
  for await (const printed of readPrinted(control, record.renderId, slicesOf(record, frame))) {
    const lines = printed.lines.filter(concerns(frame)).map((line) => {
      const during = line.frame === undefined || frame !== undefined ? '' : `frame ${line.frame}: `;
      return printable(`  ${during}${line.text}`);
    });
    if (lines.length > 0) printLines(cli.stdout, ['', printable(headOf(printed)), ...lines]);
  }
}

async function showJson(cli: Cli, control: Control, record: RenderRecord, frame: number | undefined) {
  const events = inOrder(eventsOf(record, frame));
  printLines(
    cli.stdout,
    events.map((event) => JSON.stringify(isoTimes(event))),
  );
  for await (const { lines, ...attempt } of readPrinted(control, record.renderId, slicesOf(record, frame))) {
    const objects = lines.filter(concerns(frame)).map((line) => ({ type: 'printed', ...attempt, ...line }));
    printLines(
      cli.stdout,
      objects.map((object) => JSON.stringify(object)),
    );
  }
}

export function command(cli: Cli): Command {
  const made = new Command('logs')
    .description('The event log of a render and what Blender printed, or what of both concerns one frame.')
    .argument('<render>', 'id, start of an id, shot, shot@v003, or last')
    .argument('[frame]', 'number of a frame');
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action((render: string, frame: string | undefined, options: LogsOptions) => {
      const number = frame === undefined ? undefined : parseFrameNumber(frame);
      return withControl(cli, options, async (control) => {
        const record = await control.read(await renderIdOf(control, render));
        if (!record) throw new Fault('NOT_FOUND', `${render}: there is no such render`);
        await (options.json ? showJson : show)(cli, control, record, number);
      });
    });
}
