import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSceneFile, readSceneObject } from '#shared/blend-file.ts';
import { missingReferences } from '#shared/core/blend/missing.ts';
import type { SceneFacts } from '#shared/core/scene-facts.ts';
import type { ObjectStore } from '#shared/ports.ts';
import { type BlenderScenes, makeBlenderScenes } from './blender-scenes.ts';
import { damagedCases } from './damage.ts';

let scenes: BlenderScenes;
beforeAll(async () => {
  scenes = await makeBlenderScenes();
}, 120_000);
afterAll(() => scenes.remove());

const facts = (name: string): Promise<SceneFacts> => readSceneFile(scenes.path(name));

/** The facts in the shape of Blender's report. */
const asReport = (read: SceneFacts) => ({
  scene: read.scene,
  scenes: read.scenes.toSorted(),
  frameStart: read.frameStart,
  frameEnd: read.frameEnd,
  frameStep: read.frameStep,
  width: read.width,
  height: read.height,
  percent: read.percent,
  engine: read.engine,
  camera: read.camera ?? null,
  cameras: read.cameras.toSorted(),
  viewLayers: read.viewLayers.toSorted(),
  format: read.format,
  outputPath: read.outputPath,
  usesCompositor: read.usesCompositor,
  usesSequencer: read.usesSequencer,
  border: read.border
    ? [read.border.left, read.border.right, read.border.bottom, read.border.top, read.border.crop]
    : null,
  samples: read.cycles.samples ?? null,
  simulations: read.simulations.toSorted(),
  scripts: read.scripts.toSorted(),
});

test('says of every scene what Blender says of it', async () => {
  expect(scenes.reports.size).toBeGreaterThan(25);
  for (const [name, report] of scenes.reports) {
    const { fps, references, adaptive, denoise, ...plain } = report;
    const read = await facts(name);
    expect({ name, ...asReport(read) }).toEqual({ name, ...plain });
    expect(read.fps.numerator / read.fps.denominator).toBeCloseTo(fps, 5);
    expect([read.cycles.adaptiveSampling, read.cycles.denoise].map((value) => value ?? null)).toEqual(
      [adaptive, denoise].map((value) => (value === null ? null : Boolean(value))),
    );
    const files = read.references
      .filter(({ spread }) => spread !== 'folder')
      .map(({ kind, path, packed }) => [kind, path, packed]);
    const expected = references.map(([kind, path, packed]) => [kind, path.replaceAll('\\', '/'), packed]);
    expect({ name, files: files.toSorted() }).toEqual({ name, files: expected.toSorted() });
  }
});

test('the scenes show what they are meant to', async () => {
  expect(await facts('plain')).toMatchObject({ compression: 'none', savedBy: { major: 3 } });
  expect(await facts('compressed')).toMatchObject({ compression: 'zstd' });
  expect((await facts('numbers')).fps).toEqual({ numerator: 24000, denominator: 1001 });
  expect((await facts('images')).references.find(({ kind }) => kind === 'udim')).toMatchObject({
    tiles: [1001, 1002],
  });
  expect((await facts('simulated')).simulations).toHaveLength(6);
  expect(await facts('baked')).toMatchObject({ simulations: [] });
  expect((await facts('baked')).references).toEqual([
    { kind: 'cache', path: '//fluid', user: 'Tank', packed: false, spread: 'folder' },
    { kind: 'cache', path: '//blendcache_<SCENE>', user: 'Sheet', packed: false, spread: 'folder' },
  ]);
  expect((await facts('scripted')).scripts.length).toBeGreaterThan(4);
  expect((await facts('strips')).usesSequencer).toBe(true);
  expect((await facts('others')).references.map(({ kind }) => kind).toSorted()).toEqual([
    'font',
    'image-sequence',
    'library',
    'sound',
    'volume',
  ]);
});

test('compressed or not, a scene says the same', async () => {
  const [plain, compressed] = [await facts('plain'), await facts('compressed')];
  expect({ ...compressed, compression: 'none' }).toEqual(plain);
});

test('what is missing is what is not there', async () => {
  const path = scenes.path('images');
  const files = {
    has: (file: string) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false,
    names: (folder: string) => readdirSync(folder),
    below: (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }),
  };
  const missing = missingReferences(await readSceneFile(path), path, files);
  expect(missing.map(({ expected }) => expected)).toEqual([[join(dirname(path), '../elsewhere/gone.png')]]);
});

describe('gzip', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dropframe-gzip-'));
  const written = (bytes: Uint8Array): string => {
    const path = join(folder, 'scene.blend');
    writeFileSync(path, bytes);
    return path;
  };

  test('says the same', async () => {
    const path = written(gzipSync(readFileSync(scenes.path('scripted'))));
    expect(await readSceneFile(path)).toEqual({ ...(await facts('scripted')), compression: 'gzip' });
  });

  test('cut short, or broken, is refused', async () => {
    const bytes = gzipSync(readFileSync(scenes.path('plain')));
    const broken = Uint8Array.from(bytes);
    broken.fill(0, 2000, 2100);
    for (const bad of [bytes.subarray(0, 5000), broken])
      await expect(readSceneFile(written(bad))).rejects.toMatchObject({
        code: 'INVALID_SCENE',
        message: expect.stringContaining('gzip data is broken'),
      });
  });

  test('that never ends is refused, and leaves nothing behind', async () => {
    const spools = () => readdirSync(tmpdir()).filter((name) => name.startsWith('dropframe-scene-'));
    const before = new Set(spools());
    const bomb = written(gzipSync(new Uint8Array(66 * 2 ** 20)));
    await expect(readSceneFile(bomb)).rejects.toMatchObject({
      code: 'INVALID_SCENE',
      message: expect.stringContaining('inflates to'),
    });
    expect(spools().filter((name) => !before.has(name))).toEqual([]);
  });
});

describe('a file that is none', () => {
  test.each([
    [join(tmpdir(), 'dropframe-there-is-no-such.blend'), 'NOT_FOUND'],
    [tmpdir(), 'INVALID_SCENE'],
    [import.meta.filename, 'INVALID_SCENE'],
  ])('%s', async (path, code) => {
    await expect(readSceneFile(path)).rejects.toMatchObject({ code });
  });
});

describe('an object', () => {
  /** The two calls that are needed, over a file; counts what is read. */
  const storeOf = (path: string) => {
    const bytes = readFileSync(path);
    const ranges: (readonly [number, number])[] = [];
    const info = { key: 'scene.blend', size: bytes.length, etag: '1', modifiedAt: 0 };
    const objects: Pick<ObjectStore, 'get' | 'head'> = {
      head: async (key) => (key === info.key ? info : undefined),
      async get(_key, options) {
        const [first, length] = options?.range ?? [0, bytes.length];
        ranges.push([first, length]);
        return { body: new Blob([bytes.subarray(first, first + length)]).stream(), info };
      },
    };
    return { objects, ranges, size: bytes.length };
  };

  test.each([['plain'], ['many'], ['others']])('says what the file says: %s', async (name) => {
    const { objects, ranges } = storeOf(scenes.path(name));
    expect(await readSceneObject(objects, 'scene.blend')).toEqual(await facts(name));
    expect(new Set(ranges.map(String)).size).toBe(ranges.length);
  });

  test('that is not there', async () => {
    const { objects } = storeOf(scenes.path('plain'));
    await expect(readSceneObject(objects, 'other.blend')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const gone = { ...objects, get: async () => undefined };
    await expect(readSceneObject(gone, 'scene.blend')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('that gives less than it has', async () => {
    const { objects } = storeOf(scenes.path('plain'));
    const cut = { ...objects, get: (key: string) => objects.get(key, { range: [0, 100] }) };
    await expect(readSceneObject(cut, 'scene.blend')).rejects.toMatchObject({ code: 'INVALID_SCENE' });
  });
});

test.each([['plain'], ['scripted'], ['compressed']])(
  'damage ends in facts or a Fault, soon: %s',
  async (name) => {
    const startedAt = performance.now();
    const outcomes = await damagedCases(readFileSync(scenes.path(name)), 800);
    expect(outcomes.unexpected).toEqual([]);
    expect(outcomes.faults).toBeGreaterThan(100);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  },
  60_000,
);
