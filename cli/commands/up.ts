import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { isFinal } from '#shared/core/render-state.ts';
import { type Cli, printJson, printLines } from '../context.ts';
import type { Control } from '../control.ts';
import { addPlaceOptions, type PlaceOptions, placeOf } from '../place.ts';
import { endLines, plainLines } from '../progress.ts';
import { type RenderView, viewRender } from '../render-view.ts';
import { addWorkOptions, runOptions, type WorkOptions, wholeNumber } from '../run-options.ts';

const EXAMPLES = `
Examples:
  $ dropframe up
  $ dropframe up --inbox inbox --output frames --workers 2
  $ dropframe up --port 8080 --root /var/lib/dropframe

Drop scenes as INBOX/<project>/<sequence>/<shot>/<name>_v###.blend. Ctrl-C stops: attempts in flight hand
back what they have, and the next start goes on from there.`;

interface UpOptions extends WorkOptions, PlaceOptions {
  readonly port: number;
  readonly json?: boolean;
}

const LOOK_EVERY_MS = 1000;

/** What is news about one render between two looks, for people or for programs. */
function newsOf(before: RenderView | undefined, view: RenderView, json: boolean): readonly string[] {
  const { renderId, shot, phase, final } = view;
  const changed = before?.phase !== phase;
  if (json) return changed ? [JSON.stringify({ event: phase, renderId, shot })] : [];
  const about = (line: string): string => (line.startsWith(shot) ? line : `${shot}: ${line}`);
  return [...plainLines(before, view).map(about), ...(final && changed ? endLines(view) : [])];
}

/** Prints what is news about any render, until the signal. What ended before the start is no news. */
async function tellNews(cli: Cli, control: Control, signal: AbortSignal, json: boolean): Promise<void> {
  const seen = new Map<string, RenderView>();
  const startedAt = cli.now();
  while (!signal.aborted) {
    for (const { renderId, phase, changedAt } of await control.list()) {
      const before = seen.get(renderId);
      if (isFinal(phase) && (before ? before.phase === phase : changedAt < startedAt)) continue;
      const record = await control.read(renderId);
      const view = record && viewRender(record, cli.now());
      if (!view) continue;
      printLines(cli.stdout, newsOf(before, view, json));
      seen.set(renderId, view);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

async function up(cli: Cli, options: UpOptions): Promise<void> {
  const place = placeOf(cli, options);
  const { signal, release } = cli.stopAsked();
  const running = await (await cli.local()).run(place, {
    ...runOptions(options),
    port: options.port,
    watchInbox: true,
  });
  const { url, workers, control } = running;
  const json = options.json ?? false;
  if (json) {
    cli.stdout.write(`${JSON.stringify({ event: 'up', url, workers, ...place })}\n`);
  } else {
    printLines(cli.stdout, [
      `inbox   ${place.inbox}/<project>/<sequence>/<shot>/<name>_v###.blend`,
      `output  ${place.output}`,
      `API     ${url}`,
      `workers ${workers}`,
    ]);
  }
  try {
    await tellNews(cli, control, signal, json);
  } finally {
    await running.stop(`asked to stop: ${signal.reason}`);
    release();
  }
  if (json) printJson(cli, { event: 'stopped' });
  else printLines(cli.stdout, ['stopped; nothing is lost, the next start goes on']);
}

export function command(cli: Cli): Command {
  const made = new Command('up')
    .description('Watch an inbox, render what is dropped there, and serve the HTTP API.')
    .option('--inbox <dir>', 'where scenes are dropped; <root>/inbox when absent')
    .option('--output <dir>', 'where frames and movies go; <root>/output when absent')
    .option(
      '--port <p>',
      'port of the HTTP API on 127.0.0.1; 0 takes any free one',
      wholeNumber(0, 65_535),
      4848,
    );
  addWorkOptions(made);
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action((options: UpOptions) => up(cli, options));
}
