import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cli } from '#cli/context.ts';
import type { Control, Place } from '#cli/control.ts';
import { follow } from '#cli/follow.ts';
import { local } from '#cli/local/local.ts';
import { type RenderView, viewRender } from '#cli/render-view.ts';
import { duration } from '#cli/text.ts';
import { describeCost, estimateCost } from '#shared/core/cost.ts';
import { DEFAULT_PRICES } from '#shared/core/prices.ts';
import { sandboxKind } from '#worker/renderer/sandbox.ts';

const root = join(import.meta.dirname, '..');
const scene = join(root, 'examples', 'zoetrope.blend');
const folder = join(root, 'demo-output');
const place: Place = {
  root: join(folder, 'state'),
  inbox: join(folder, 'inbox'),
  output: join(folder, 'frames'),
};
const shot = 'demo/seq010/sh0010';
const dropped = join(place.inbox, shot, 'sh0010.blend');

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const here = (path: string): string => relative(process.cwd(), path) || '.';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal));

const cli: Cli = {
  ...{ stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: root },
  ...{ now: Date.now, local: async () => local, exitCode: 0 },
  stopAsked: () => ({ signal: stop.signal, release: () => {} }),
};

async function readView(control: Control): Promise<RenderView | undefined> {
  const head = (await control.list()).find((one) => one.shot === shot);
  const record = head && (await control.read(head.renderId));
  return record && viewRender(record, Date.now());
}

/** What this very scene gave when the demo ran before. */
async function renderedBefore(): Promise<RenderView | undefined> {
  const before = await readFile(dropped).catch(() => undefined);
  if (!before?.equals(await readFile(scene))) return undefined;
  const control = await local.open(place);
  try {
    const view = await readView(control);
    return view?.phase === 'done' && existsSync(view.place ?? '') ? view : undefined;
  } finally {
    await control.close();
  }
}

/** `dropframe up` as a person starts it; ready once it says where its API is. */
async function startServer(): Promise<ChildProcess> {
  const sandbox = await sandboxKind();
  if (sandbox === 'none')
    say('No sandbox on this machine. The example scene is ours, so it is rendered without.');
  const folders = ['--root', place.root, '--inbox', place.inbox, '--output', place.output];
  const trust = sandbox === 'none' ? ['--allow-unsandboxed'] : [];
  const command = [join(root, 'cli/dropframe.mjs'), 'up', ...folders, '--port', '0', '--json', ...trust];
  const server = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: server.stdout })) {
    const { event, url, workers } = JSON.parse(line);
    if (event !== 'up') continue;
    say(`Dropframe is up at ${url} with ${workers} worker${workers === 1 ? '' : 's'}.`);
    server.stdout.resume();
    return server;
  }
  throw new Error('dropframe up ended before it was ready');
}

/** Into the inbox as an upload does it: whole under its name, or not there. */
async function drop(): Promise<void> {
  await mkdir(join(place.inbox, shot), { recursive: true });
  await copyFile(scene, `${dropped}.part`);
  await rename(`${dropped}.part`, dropped);
  say(`Dropped ${here(scene)} in ${here(join(place.inbox, shot))}.`);
}

/** What Dropframe said instead of rendering, such as that the scene is too new for the Blender here. */
async function refusal(): Promise<string | undefined> {
  const rejects = join(place.root, 'rejects');
  const [name] = (await readdir(rejects).catch(() => [])).filter((file) => file.endsWith('.json'));
  return name && JSON.parse(await readFile(join(rejects, name), 'utf8')).message;
}

async function watchRender(server: ChildProcess): Promise<RenderView | undefined> {
  const control = await local.open(place);
  try {
    while (!stop.signal.aborted && server.exitCode === null) {
      const view = await readView(control);
      if (view) return await follow(cli, control, view.renderId, { signal: stop.signal, quiet: false });
      const refused = await refusal();
      if (refused) throw new Error(refused);
      await sleep(200, undefined, { signal: stop.signal }).catch(() => {});
    }
    return undefined;
  } finally {
    await control.close();
  }
}

function tellEnd(view: RenderView, headline: string): void {
  const folderOfRender = view.place ?? place.output;
  const movie = view.files.find((file) => file.endsWith('.mp4'));
  say('');
  say(headline);
  say(`  frames  ${here(folderOfRender)}`);
  if (movie) say(`  movie   ${here(join(folderOfRender, movie))}`);
  say(`  cost    nothing here; ${describeCost(estimateCost(view.machineSeconds, DEFAULT_PRICES))}`);
}

async function demo(): Promise<number> {
  if (process.argv.includes('--again')) await rm(folder, { recursive: true, force: true });
  const before = await renderedBefore();
  if (before) {
    tellEnd(before, 'Already rendered: the same scene with the same settings is one render.');
    say('Render it anew with: npm run demo -- --again');
    return 0;
  }
  const startedAt = Date.now();
  const server = await startServer();
  const gone = once(server, 'exit');
  try {
    await drop();
    const view = await watchRender(server);
    if (!view?.final) {
      say('Stopped. The next npm run demo goes on where this one was.');
      return 1;
    }
    const took = duration(Date.now() - startedAt);
    tellEnd(view, `${view.done} of ${view.planned} frames in ${took}, each one verified.`);
    return view.phase === 'done' ? 0 : 1;
  } finally {
    server.kill('SIGTERM');
    await gone;
  }
}

process.exitCode = await demo().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 1;
});
