import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const home = join(import.meta.dirname, '..', '..');
const program = join(home, 'cli', 'dropframe.mjs');
const scene = join(home, 'examples', 'zoetrope.blend');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dropframe-bin-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | string | null | undefined;
  readonly out: string;
  readonly err: string;
}

/** The command as people start it, in a folder of its own. */
const dropframe = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder }, (error, out, err) => {
      resolve({ code: error ? error.code : 0, out, err });
    });
  });

test('says its version', async () => {
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
  expect(await dropframe('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

test('inspect and plan read a scene without Blender', async () => {
  const inspected = await dropframe('inspect', scene, '--json');
  expect(inspected).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(inspected.out)).toMatchObject({
    path: scene,
    frameStart: 1,
    engine: 'CYCLES',
    missing: [],
  });
  const planned = await dropframe('plan', scene, '--frames', '1-10', '--slice', '4', '--json');
  const { frameCount, slices } = JSON.parse(planned.out);
  expect([frameCount, slices.map((slice: { frames: string }) => slice.frames)]).toEqual([
    10,
    ['1-4', '5-8', '9-10'],
  ]);
});

test('settings beside the scene count, and the command line counts more', async () => {
  const own = join(folder, 'own.blend');
  await writeFile(own, await readFile(scene));
  await writeFile(join(folder, 'render.yaml'), 'frames: 1-6\nslice: 2\n');
  await writeFile(join(folder, 'dropframe.yaml'), 'render: { frames: 1-3, slice: 1 }\n');
  const slices = async (...options: readonly string[]): Promise<number> =>
    JSON.parse((await dropframe('plan', own, ...options, '--json')).out).slices.length;
  expect(await slices()).toBe(3);
  expect(await slices('--slice', '3')).toBe(2);
  await writeFile(join(folder, 'render.yaml'), 'frame: 1-6\n');
  const refused = await dropframe('plan', own);
  await rm(join(folder, 'render.yaml'));
  expect(refused.code).toBe(2);
  expect(refused.err).toBe(
    `dropframe: ${join(folder, 'render.yaml')}: frame: unknown setting; did you mean "frames"?\n`,
  );
});

test('a scene that is none is bad input, one that is not there is not found', async () => {
  const broken = join(folder, 'broken.blend');
  await writeFile(broken, await readFile(scene));
  await truncate(broken, 1000);
  expect((await dropframe('inspect', broken)).code).toBe(2);
  expect((await dropframe('inspect', join(folder, 'gone.blend'))).code).toBe(3);
});

test('push puts a scene into the inbox, and the second time nothing', async () => {
  const push = () => dropframe('push', scene, '--to', 'film/sq 01/sh#010', '--inbox', 'in', '--json');
  const first = JSON.parse((await push()).out);
  expect(first).toMatchObject({ shot: 'film/sq 01/sh#010', main: 'zoetrope.blend', missing: [], there: [] });
  expect(first.sent.map(({ path }: { path: string }) => path)).toEqual(['zoetrope.blend']);
  expect(JSON.parse((await push()).out)).toMatchObject({ sent: [], there: first.sent });
  const manifest = JSON.parse(await readFile(join(folder, 'in/film/sq 01/sh#010/manifest.json'), 'utf8'));
  expect(manifest).toEqual({ main: 'zoetrope.blend', files: first.sent });
});

test('a reader that leaves early is no error', async () => {
  const child = spawn(process.execPath, [program, 'frames', '1-5000000'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told: string[] = [];
  child.stderr.on('data', (piece) => told.push(String(piece)));
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = await once(child, 'exit');
  expect([code, told.join('')]).toEqual([0, '']);
});

test('doctor says what is there, check by check', async () => {
  const { code, out } = await dropframe(
    'doctor',
    '--root',
    join(folder, 'state'),
    '--allow-unsandboxed',
    '--json',
  );
  const { ready, checks } = JSON.parse(out);
  expect(code).toBe(ready ? 0 : 1);
  const names = checks.map((check: { name: string }) => check.name);
  expect(names).toEqual(
    expect.arrayContaining(['node', 'blender', 'devices', 'ffmpeg', 'ffprobe', 'sandbox', 'disk', 'clock']),
  );
  for (const { status, found, fix } of checks) {
    expect(found).not.toBe('');
    if (status !== 'ok') expect(fix).toMatch(/\w/);
  }
  const named = checks.find((check: { name: string }) => check.name === 'blender');
  expect(named).toMatchObject({ status: 'ok', found: expect.stringMatching(/^\d+\.\d+\.\d+/) });
});
