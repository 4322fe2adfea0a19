import { basename, dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { readSceneFile } from '#shared/blend-file.ts';
import { describeCost, estimateCost } from '#shared/core/cost.ts';
import { parseInboxKey, parseShotId } from '#shared/core/inbox.ts';
import { safeFileName } from '#shared/core/names.ts';
import type { PriceTable } from '#shared/core/prices.ts';
import { collectScene, requireComplete } from '../collect-scene.ts';
import { type Cli, EXIT, printJson, printLines } from '../context.ts';
import type { Control, Place, RenderRequest } from '../control.ts';
import { follow } from '../follow.ts';
import { addPlaceOptions, placeOf } from '../place.ts';
import { readPrices } from '../read-prices.ts';
import { type RenderView, viewRender } from '../render-view.ts';
import { addWorkOptions, runOptions, type WorkOptions } from '../run-options.ts';
import { sceneSettings } from '../scene-settings.ts';
import { addSettingsOptions, settingsFromOptions } from '../settings-options.ts';
import { isoTimes } from '../wire.ts';

const EXAMPLES = `
Examples:
  $ dropframe render shot.blend
  $ dropframe render shot.blend --frames 1-48 --resolution 50% --samples 32
  $ dropframe render shot.blend --format exr --slice 5m --out frames
  $ dropframe render shot.blend --frames 100 --tiles 2x2 --json

Settings not given come from render.yaml beside the scene, then from dropframe.yaml of the folders above,
then from the scene itself. The same scene with the same settings is one render: asking again goes on
where it stopped.`;

interface RenderOptions extends WorkOptions {
  readonly root?: string;
  readonly out?: string;
  readonly shot?: string;
  readonly prices?: string;
  readonly json?: boolean;
}

/** A scene that belongs to no production gets a shot after its folder and name. */
function shotOf(
  scene: string,
  asked: string | undefined,
): Pick<RenderRequest, 'shot' | 'name' | 'askedVersion'> {
  const file = basename(scene);
  const item = parseInboxKey(`project/sequence/shot/${file}`);
  const name = 'name' in item ? item.name : file;
  const version = 'version' in item && item.version !== undefined ? { askedVersion: item.version } : {};
  const folder = safeFileName(basename(dirname(scene)));
  const shot = asked === undefined ? `local/${folder}/${safeFileName(name)}` : parseShotId(asked);
  return { shot, name, ...version };
}

/** Asks for the render; one that ended without all its frames goes on with those that it lacks. */
async function ask(cli: Cli, control: Control, request: RenderRequest): Promise<string> {
  const { renderId } = await control.submit(request);
  const record = await control.read(renderId);
  const before = record && viewRender(record, cli.now());
  if (before?.final && before.phase !== 'done') await control.retry(renderId, request.why);
  return renderId;
}

function printEnd(cli: Cli, view: RenderView, prices: PriceTable, json: boolean): void {
  cli.exitCode = view.phase === 'done' ? EXIT.done : EXIT.failed;
  const cost = estimateCost(view.machineSeconds, prices);
  if (json) printJson(cli, { ...(isoTimes(view) as object), cost });
  else if (view.final) printLines(cli.stdout, [`cost: nothing here; ${describeCost(cost)}`]);
  else printLines(cli.stdout, ['stopped; the same command goes on where this one was']);
}

/** A render that nobody waits for any more must not go before the next one under the same root. */
async function setAside(cli: Cli, place: Place, { renderId }: RenderView, why: string): Promise<void> {
  const control = await (await cli.local()).open(place);
  try {
    await control.cancel(renderId, why);
  } finally {
    await control.close();
  }
}

async function render(cli: Cli, sceneArgument: string, options: RenderOptions): Promise<void> {
  const path = resolve(cli.cwd, sceneArgument);
  const settings = await sceneSettings(path, settingsFromOptions({ ...options }));
  const prices = await readPrices(options.prices);
  const named = shotOf(path, options.shot);
  const scene = await collectScene(path, readSceneFile);
  requireComplete(scene, settings.allowMissing ?? false);
  const place = placeOf(cli, { ...options, ...(options.out === undefined ? {} : { output: options.out }) });
  const { signal, release } = cli.stopAsked();
  const running = await (await cli.local()).run(place, { ...runOptions(options), watchInbox: false });
  const json = options.json ?? false;
  let view: RenderView | undefined;
  try {
    const renderId = await ask(cli, running.control, { ...named, scene, settings, why: 'dropframe render' });
    view = await follow(cli, running.control, renderId, { signal, quiet: json });
    printEnd(cli, view, prices, json);
  } finally {
    await running.stop(signal.aborted ? `asked to stop: ${signal.reason}` : 'the render ended');
    if (view && !view.final) await setAside(cli, place, view, `asked to stop: ${signal.reason}`);
    release();
  }
}

export function command(cli: Cli): Command {
  const made = new Command('render')
    .description('Render one scene, start to end, in this process: frames, review movie and manifest.')
    .argument('<scene>', 'a .blend file')
    .option('--out <dir>', 'where frames and movie go; <root>/output when absent')
    .option('--shot <project/sequence/shot>', 'the shot that the scene belongs to')
    .option('--prices <file>', 'a price table of your own, YAML or JSON');
  addSettingsOptions(made);
  addWorkOptions(made);
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action((scene: string, options: RenderOptions) => render(cli, scene, options));
}
