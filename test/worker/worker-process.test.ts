import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { loadWorkerConfig } from '#worker/config.ts';
import { exitCodeOf } from '#worker/exit-code.ts';
import type { RunResult } from '#worker/worker.ts';
import { createControlDouble, sha256 } from './control-double.ts';
import { GRANT, makeDirectory, makeOrder } from './rig.ts';

const ENVIRONMENT = { DROPFRAME_URL: 'http://127.0.0.1:1', DROPFRAME_GRANT: 'g' };

describe('the environment', () => {
  test.each([
    [{}, { index: 0, run: 1, threads: undefined, allowUnsandboxed: false }],
    [{ DROPFRAME_INDEX: '7', AWS_BATCH_JOB_ARRAY_INDEX: '3' }, { index: 7 }],
    [
      { AWS_BATCH_JOB_ARRAY_INDEX: '3', AWS_BATCH_JOB_ATTEMPT: '2' },
      { index: 3, run: 2 },
    ],
    [{ DROPFRAME_INDEX: '' }, { index: 0 }],
    [{ AWS_BATCH_JOB_ID: 'job:3' }, { name: expect.stringMatching(/^job:3@/) }],
    [{ AZ_BATCH_TASK_ID: 'task' }, { name: expect.stringMatching(/^task@/) }],
    [
      { DROPFRAME_GRACE_SECONDS: '20', DROPFRAME_ALLOW_UNSANDBOXED: '1' },
      { graceMs: 20_000, allowUnsandboxed: true },
    ],
  ])('%j is read', (environment, config) => {
    expect(loadWorkerConfig({ ...ENVIRONMENT, ...environment })).toMatchObject(config);
  });

  test('what is wrong is named, all of it at once', () => {
    const wrong = {
      DROPFRAME_URL: 'ftp://x',
      DROPFRAME_INDEX: '-1',
      AWS_BATCH_JOB_ATTEMPT: '0',
      DROPFRAME_THREADS: '1.5',
    };
    const names = [
      'DROPFRAME_URL',
      'DROPFRAME_GRANT',
      'DROPFRAME_INDEX',
      'AWS_BATCH_JOB_ATTEMPT',
      'DROPFRAME_THREADS',
    ];
    for (const name of names) expect(() => loadWorkerConfig(wrong)).toThrow(name);
    for (const url of ['nonsense', 'file:///etc'])
      expect(() => loadWorkerConfig({ ...ENVIRONMENT, DROPFRAME_URL: url })).toThrow(JSON.stringify(url));
  });
});

const reason = { code: 'X', message: 'x' };
const slice = { renderId: 'r', slice: 0, attempt: 1, frames: 1, failures: 0, handedBack: 0 };
test.each<[RunResult, number]>([
  [{ outcome: 'nothing', reason }, 0],
  [{ outcome: 'unfit', reason }, 69],
  [{ outcome: 'stopped', reason }, 75],
  [{ outcome: 'failed', reason }, 1],
  [{ ...slice, outcome: 'reported', ended: 'finished' }, 0],
  [{ ...slice, outcome: 'reported', ended: 'refused' }, 0],
  [{ ...slice, outcome: 'reported', ended: 'cancelled' }, 0],
  [{ ...slice, outcome: 'reported', ended: 'interrupted' }, 75],
  [{ ...slice, outcome: 'reported', ended: 'failed' }, 1],
  [{ ...slice, outcome: 'unreported', ended: 'finished' }, 1],
  [{ ...slice, outcome: 'unreported', ended: 'cancelled' }, 0],
  [{ ...slice, outcome: 'unreported', ended: 'interrupted' }, 75],
])('the process that ended with %j exits with %i', (result, code) => expect(exitCodeOf(result)).toBe(code));

describe('with a real Blender', () => {
  let blend: Buffer;

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dropframe-scene-'));
    const path = join(directory, 'scene.blend');
    const script = `
import bpy
scene = bpy.context.scene
scene.render.engine = 'CYCLES'
scene.cycles.samples = 1
scene.cycles.use_denoising = False
scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 32, 18, 100
scene.render.image_settings.file_format = 'PNG'
cube = bpy.data.objects['Cube']
for frame, x in ((1, 0), (1000, 9)):
    cube.location.x = x
    cube.keyframe_insert('location', frame=frame)
bpy.ops.wm.save_as_mainfile(filepath=${JSON.stringify(path)})`;
    execFileSync('blender', ['--background', '--factory-startup', '--python-expr', script], {
      stdio: 'pipe',
    });
    blend = await readFile(path);
    await rm(directory, { recursive: true });
  });

  async function startWorker(frames: readonly number[]) {
    const directory = await makeDirectory();
    const control = createControlDouble();
    const files = [control.addAsset('shots/scene.blend', blend)];
    const order = control.addOrder(
      makeOrder(control, {
        frames: [...frames],
        scene: { id: sha256(blend), main: 'shots/scene.blend', files },
        limits: { stallMs: 60_000, frameMs: 60_000, memoryBytes: 4e9, outputBytes: 1e9 },
      }),
    );
    const server = serve({ fetch: control.fetch, port: 0, hostname: '127.0.0.1' });
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const worker = spawn(process.execPath, ['worker/main.ts'], {
      env: {
        PATH: process.env.PATH,
        DROPFRAME_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        DROPFRAME_GRANT: GRANT,
        AWS_BATCH_JOB_ARRAY_INDEX: '4',
        DROPFRAME_CACHE: join(directory, 'cache'),
        DROPFRAME_SCRATCH: join(directory, 'scratch'),
        DROPFRAME_THREADS: '1',
        DROPFRAME_ALLOW_UNSANDBOXED: '1',
      },
      stdio: 'ignore',
    });
    onTestFinished(() => void worker.kill('SIGKILL'));
    return { control, order, worker, exited: once(worker, 'exit'), scratch: join(directory, 'scratch') };
  }

  test('the process renders, verifies, encodes, reports and leaves nothing behind', async () => {
    const { control, order, exited, scratch } = await startWorker([1, 500]);
    expect(await exited).toEqual([0, null]);
    expect(control.leases).toMatchObject([{ index: 4, capabilities: { runs: 'blender' } }]);
    const report = control.report(order)!;
    expect(report).toMatchObject({
      ended: 'finished',
      frames: [
        { frame: 1, width: 32, height: 18, warnings: [] },
        { frame: 500, width: 32, height: 18, warnings: [] },
      ],
      failures: [],
      segment: { frames: [1, 500], width: 32, height: 18 },
      warnings: [],
      renderer: { name: 'blender', device: 'cpu' },
      fps: { numerator: 24, denominator: 1 },
    });
    expect(control.objects.get(report.frames[0]!.key)!.subarray(1, 4).toString()).toBe('PNG');
    expect(control.objects.get(report.segment!.key)!.subarray(4, 8).toString()).toBe('ftyp');
    expect(await readdir(scratch)).toEqual([]);
  });

  test('a SIGTERM reports what is rendered and hands the rest back', async () => {
    const frames = Array.from({ length: 1000 }, (_, index) => index + 1);
    const { control, order, worker, exited, scratch } = await startWorker(frames);
    await control.until(() => control.objects.size >= 2);
    worker.kill('SIGTERM');
    expect(await exited).toEqual([75, null]);
    const report = control.report(order)!;
    expect(report).toMatchObject({ ended: 'interrupted', failures: [] });
    expect(report.frames.length).toBeGreaterThanOrEqual(2);
    expect(report.frames.length).toBeLessThan(1000);
    expect(report.segment?.frames).toEqual(report.frames.map(({ frame }) => frame));
    for (const { key, sha256: hash } of report.frames) expect(sha256(control.objects.get(key)!)).toBe(hash);
    expect(await readdir(scratch)).toEqual([]);
  });
});
