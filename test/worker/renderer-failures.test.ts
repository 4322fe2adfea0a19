import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  blenderPid,
  findBlenderPid,
  folder,
  gone,
  LIMITS,
  makeScenes,
  open,
  outcomes,
  rendered,
} from './renderer-rig.ts';

const scenes = folder('failures');
beforeAll(() => makeScenes('frames.py', scenes));

const failed = (message: RegExp) => ({
  ...{ ok: false, code: 'RENDERER_FAILED', permanent: false },
  message: expect.stringMatching(message),
});

describe('Blender killed in the middle of a slice', () => {
  test('costs a new process, and no frame', async () => {
    const renderer = await open(scenes, 'plain.blend');
    const frames = Array.from({ length: 30 }, (_, index) => index + 1);
    const first = blenderPid(renderer.outputDirectory);
    const told = await outcomes(
      renderer,
      { frames },
      { onFrame: ({ frame }) => frame === 3 && process.kill(first, 'SIGKILL') },
    );
    expect(told.map(({ frame }) => frame)).toEqual(frames);
    for (const outcome of told) await sharp(rendered(outcome).path).stats();
    expect(blenderPid(renderer.outputDirectory)).not.toBe(first);
  });

  test('twice at the same frame, loses that frame only', async () => {
    const renderer = await open(scenes, 'plain.blend');
    // What it said before it went down may be heard after: then there is nobody to kill.
    const kill = () => {
      const pid = findBlenderPid(renderer.outputDirectory);
      if (pid !== undefined) process.kill(pid, 'SIGSEGV');
    };
    const told = await outcomes(
      renderer,
      { frames: [1, 5, 9] },
      { onProgress: ({ frame, done }) => frame === 5 && done === 0 && kill() },
    );
    expect(told).toMatchObject([
      { frame: 1, ok: true },
      { frame: 5, ...failed(/Frame 5: Blender crashed \(segmentation fault\)\. It last said: /) },
      { frame: 9, ok: true },
    ]);
  });
});

describe('a frame that takes too long', () => {
  test('without a sign of life is given up, and the hung process is gone', async () => {
    const renderer = await open(scenes, 'slow.blend', { limits: { ...LIMITS, stallMs: 1500 } });
    const pid = blenderPid(renderer.outputDirectory);
    const told = await outcomes(renderer, {}, { onProgress: () => process.kill(pid, 'SIGSTOP') });
    expect(told).toMatchObject([{ frame: 1, ...failed(/made no progress for 1.5 s/) }]);
    await gone(pid);
  });

  test('although it moves is given up', async () => {
    const renderer = await open(scenes, 'slow.blend', { limits: { ...LIMITS, frameMs: 1000 } });
    expect(await outcomes(renderer, {})).toMatchObject([failed(/took longer than 1 s for one frame/)]);
  });

  test('can be aborted at any time: what was told stays, the rest is not told', async () => {
    const abort = new AbortController();
    const renderer = await open(scenes, 'slow.blend');
    const pid = blenderPid(renderer.outputDirectory);
    const onProgress = () => abort.abort();
    expect(await outcomes(renderer, { frames: [1, 2] }, { onProgress, signal: abort.signal })).toEqual([]);
    await gone(pid);
    expect(await outcomes(renderer, {}, { signal: abort.signal })).toEqual([]);
  });
});

describe('a full disk', () => {
  // A file that may not grow fails at the same system call as one on a full disk.
  const limits = { ...LIMITS, outputBytes: 20_000 };

  test.each(['png', 'exr', 'tiff'] as const)('while %s is written fails the frame', async (format) => {
    const renderer = await open(scenes, 'slow.blend', { limits, settings: { format, samples: 1 } });
    const pid = blenderPid(renderer.outputDirectory);
    const why = failed(/is the disk full|cannot save/);
    expect(await outcomes(renderer, {})).toMatchObject([why]);
    expect(await outcomes(renderer, { frames: [1, 2, 3] })).toMatchObject([why, why, why]);
    // Blender itself is none the worse.
    expect(blenderPid(renderer.outputDirectory)).toBe(pid);
  });
});

test('more output than allowed ends the render, for good', async () => {
  const limits = { ...LIMITS, outputBytes: 20_000 };
  const renderer = await open(scenes, 'plain.blend', { limits });
  const frames = Array.from({ length: 400 }, (_, index) => index + 1);
  const told = await outcomes(renderer, { frames });
  expect(told).toHaveLength(frames.length);
  expect(told[0]).toMatchObject({ ok: true });
  expect(told.at(-1)).toMatchObject({
    ...{ ok: false, code: 'TOO_LARGE', permanent: true },
    message: expect.stringMatching(/more than the limit/),
  });
});

test('more memory than allowed is said, with the figures', async () => {
  const limits = { ...LIMITS, memoryBytes: 20e6 };
  await expect(open(scenes, 'slow.blend', { limits })).rejects.toMatchObject({
    code: 'RENDERER_FAILED',
    message: expect.stringMatching(/used \d+ MiB of memory, more than the limit of 20 MiB/),
  });
});

test('nothing half-written is left where frames are accepted', async () => {
  const renderer = await open(scenes, 'plain.blend');
  await outcomes(renderer, { frames: [1, 2] });
  expect(readdirSync(join(renderer.outputDirectory, 'scratch'))).toEqual([]);
  expect(readdirSync(join(renderer.outputDirectory, 'r1'))).toEqual(['f_000001.png', 'f_000002.png']);
});

test('what Blender prints is told with its frame', async () => {
  const lines: string[] = [];
  const renderer = await open(scenes, 'plain.blend', {
    log: ({ frame, stream, text }) => lines.push(`${frame} ${stream} ${text}`),
  });
  await outcomes(renderer, { frames: [7] });
  expect(lines).toContain('undefined stdout Read blend: /scene/plain.blend');
  expect(lines).toContainEqual(expect.stringMatching(/^7 stdout Saved: /));
});
