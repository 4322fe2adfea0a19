import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { WorkOrder } from '#events/lease.ts';
import { createSceneCache, type SceneCacheOptions } from '#worker/scenes/scene-cache.ts';
import { openScratch } from '#worker/scratch.ts';
import { createWorker, type WorkerOptions } from '#worker/worker.ts';
import { BASE_URL, type ControlDouble, createControlDouble } from './control-double.ts';
import { createScriptedRenderer, encodeSegment, verifyFrame } from './scripted-renderer.ts';

export const GRANT = 'submission-grant';
export const PATIENCE = { firstMs: 1, mostMs: 4, giveUpMs: 10_000 };
export const silent = { info: () => {}, warn: () => {}, error: () => {} };

export async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dropframe-worker-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export const openCache = (
  directory: string,
  control: ControlDouble,
  options: Partial<SceneCacheOptions> = {},
) =>
  createSceneCache({
    directory,
    fetch: control.fetch,
    baseUrl: BASE_URL,
    patience: PATIENCE,
    stallMs: 1000,
    maxBytes: 1e9,
    log: silent,
    ...options,
  });

/** A worker on a control plane in memory and a scripted renderer, with real files below. */
export async function createRig(options: Partial<WorkerOptions> = {}) {
  const directory = await makeDirectory();
  const control = createControlDouble();
  const renderer = createScriptedRenderer();
  const scratchDirectory = join(directory, 'scratch');
  const worker = createWorker({
    name: 'test-worker',
    baseUrl: BASE_URL,
    fetch: control.fetch,
    cache: await openCache(join(directory, 'cache'), control),
    makeScratch: await openScratch(scratchDirectory),
    openRenderer: renderer.openRenderer,
    verifyFrame,
    encodeSegment,
    capabilities: {
      blender: [3, 4, 1],
      runs: 'blender',
      engines: ['CYCLES'],
      devices: ['cpu'],
      denoisers: [],
      features: [],
      sandbox: 'bubblewrap',
    },
    log: silent,
    clock: { now: () => Date.now() },
    patience: PATIENCE,
    graceMs: 5000,
    ...options,
  });
  onTestFinished(() => worker.close());
  return {
    directory,
    control,
    script: renderer.script,
    worker,
    leftInScratch: () => readdir(scratchDirectory),
    order: (changes: Partial<WorkOrder> = {}) => control.addOrder(makeOrder(control, changes)),
  };
}

let orders = 0;

export function makeOrder(control: ControlDouble, changes: Partial<WorkOrder> = {}): WorkOrder {
  const files = [
    control.addAsset('scene.blend', 'BLENDER scene'),
    control.addAsset('textures/wood.png', 'wood'),
  ];
  return {
    renderId: 'render-1',
    slice: orders,
    attempt: 1,
    grant: `attempt-grant-${orders++}`,
    leaseExpiresAt: Date.now() + 60_000,
    beatMs: 20,
    scene: { id: 'scene-1', main: 'scene.blend', files },
    frames: [1, 2, 3, 4],
    part: { kind: 'whole' },
    partIndex: 0,
    settings: {},
    movie: true,
    limits: { stallMs: 60_000, frameMs: 60_000, memoryBytes: 1e9, outputBytes: 1e9 },
    ...changes,
  };
}

/** A cache of its own on a control plane of its own. */
export async function makeCache(options: Parameters<typeof openCache>[2] = {}) {
  const directory = await makeDirectory();
  const control = createControlDouble();
  const scene = (id: string, files: Record<string, string | Buffer>) => ({
    id,
    main: Object.keys(files)[0]!,
    files: Object.entries(files).map(([path, bytes]) => control.addAsset(path, bytes)),
  });
  return { directory, control, scene, cache: await openCache(directory, control, options) };
}
