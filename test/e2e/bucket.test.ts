import { rmSync } from 'node:fs';
import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDropframe, type Dropframe, makeScenes, probe, stop } from './dropframe.ts';

interface Status {
  readonly renderId: string;
  readonly phase: string;
  readonly place: string;
  readonly missingInputs: readonly unknown[];
  readonly failed: number;
}
type Heads = readonly { readonly renderId: string; readonly phase: string; readonly shotVersion: number }[];

let scenes: string;
let dropframe: Dropframe;
beforeAll(async () => {
  scenes = await makeScenes();
});
beforeEach(() => {
  dropframe = createDropframe();
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(dropframe.story());
  dropframe.clean();
});
afterAll(() => rmSync(scenes, { recursive: true }));

describe('the bucket, on one machine', () => {
  test('a scene is dropped; frames, movie, poster, contact sheet and manifest come back', async () => {
    const server = await dropframe.up();
    await dropframe.drop(path.join(scenes, 'plain.blend'), 'My Film/sq 01/shöt #1 100%/plain_v007.blend');
    const { renderId } = await dropframe.phase('done', 7);
    const { place } = await dropframe.json<Status>('status', renderId);
    expect(place).toBe(path.join(dropframe.output, 'My Film/sq 01/shöt #1 100%/v007'));
    const files = (await readdir(place)).sort();
    const base = 'shöt #1 100%_v007';
    const frames = Array.from({ length: 12 }, (_, i) => `${base}.${String(i + 1).padStart(4, '0')}.png`);
    expect(files.filter((file) => file.endsWith('.png'))).toEqual(frames);
    expect(files).toEqual(expect.arrayContaining([`${base}.mp4`, 'manifest.json', `${base}_poster.jpg`]));

    const movie = await probe(path.join(place, `${base}.mp4`));
    expect(movie).toMatchObject({
      codec_name: 'h264',
      pix_fmt: 'yuv420p',
      color_space: 'bt709',
      r_frame_rate: '24/1',
      avg_frame_rate: '24/1',
      nb_read_frames: '12',
    });
    expect(Number(movie.duration)).toBeCloseTo(0.5, 5);

    const manifest = JSON.parse(await readFile(path.join(place, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ complete: true, missing: [], version: 7 });
    expect(manifest.frames).toHaveLength(12);
    expect(new Set(manifest.frames.map(({ pixels }: { pixels: string }) => pixels)).size).toBe(12);

    // The same again is the same render; nothing is rendered twice.
    await dropframe.drop(path.join(scenes, 'plain.blend'), 'My Film/sq 01/shöt #1 100%/plain_v007.blend');
    await dropframe.drop(path.join(scenes, 'textured/textured.blend'), 'My Film/sq 01/next/textured.blend');
    await dropframe.phase('waiting-inputs', 0);
    expect(await dropframe.json<Heads>('list')).toHaveLength(2);
    expect(await stop(server, 'SIGTERM')).toBe(0);
  }, 60_000);

  test('a scene waits for its texture, says so, and starts when it comes', async () => {
    await dropframe.up();
    await dropframe.drop(path.join(scenes, 'textured/textured.blend'), 'p/s/t/textured.blend');
    const { renderId } = await dropframe.phase('waiting-inputs', 0);
    const status = await dropframe.json<Status>('status', renderId);
    expect(JSON.stringify(status.missingInputs)).toContain('textures/wood.png');
    await dropframe.drop(path.join(scenes, 'textured/textures/wood.png'), 'p/s/t/textures/wood.png');
    expect((await dropframe.phase('done')).renderId).toBe(renderId);
  }, 60_000);

  test('links, strangers and damage are refused, each with its reason, and disturb nothing', async () => {
    await dropframe.up();
    await dropframe.drop(path.join(scenes, 'plain.blend'), 'p/s/good/plain.blend');
    await dropframe.drop(path.join(scenes, 'plain.blend'), 'too-short/plain.blend');
    const whole = await readFile(path.join(scenes, 'plain.blend'));
    await writeFile(path.join(dropframe.root, 'torn'), whole.subarray(0, whole.length / 2));
    await dropframe.drop(path.join(dropframe.root, 'torn'), 'p/s/torn/torn.blend');
    await symlink('/etc/passwd', path.join(dropframe.inbox, 'p/s/good/passwd.blend'));
    await dropframe.phase('done');
    const rejects = path.join(dropframe.root, 'rejects');
    const found = await dropframe.until(async () => {
      const names = await readdir(rejects).catch(() => []);
      const files = names.filter((name) => name.endsWith('.json'));
      return files.length >= 3 && files;
    });
    const reasons = await Promise.all(
      found.map(async (name) => JSON.parse(await readFile(path.join(rejects, name), 'utf8'))),
    );
    const told = Object.fromEntries(reasons.map(({ subject, message }) => [subject, message]));
    expect(told['too-short/plain.blend']).toMatch(/layout is/);
    expect(told['p/s/good/passwd.blend']).toMatch(/is a link/);
    expect(told['p/s/torn/torn.blend']).toMatch(/.+/);
    expect(await dropframe.json<Heads>('list')).toHaveLength(1);
    expect((await stat(path.join(dropframe.output, 'p/s/good/v001/manifest.json'))).isFile()).toBe(true);
  }, 60_000);
});

describe('one command, start to end', () => {
  test('render exits 0 with frames, and what cannot be rendered exits 2 with the reason', async () => {
    const good = await dropframe.command(
      'render',
      path.join(scenes, 'plain.blend'),
      '--frames',
      '3-5',
      '--json',
    );
    expect(good.code).toBe(0);
    expect(JSON.parse(good.stdout.trim().split('\n').at(-1)!)).toMatchObject({ phase: 'done', rendered: 3 });
    const bad = await dropframe.command(
      'render',
      path.join(scenes, 'plain.blend'),
      '--frames',
      '5-',
      '--json',
    );
    expect([bad.code, JSON.parse(bad.stdout).error.code]).toEqual([2, 'INVALID_INPUT']);
    const refused = await dropframe.command(
      'render',
      path.join(scenes, 'plain.blend'),
      '--device',
      'optix',
      '--json',
    );
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/optix/);
  }, 60_000);
});
