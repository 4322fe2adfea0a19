/**
 * How fast a scene says what it is, against asking Blender, measured in one run:
 *
 *   node bench/inspect.ts [--repeat 7]
 *
 * Makes a scene of about 200 MB (1.7 million vertices and a packed 4k texture, once plain and once compressed),
 * then measures the reader in this process, `dropframe inspect` as a whole process, and Blender opening the
 * scene and printing the same. Prints a table, and writes the figures to bench/results/inspect.json.
 */
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readSceneFile } from '#shared/blend-file.ts';

const MAKE = `
import bpy, sys
plain, compressed = sys.argv[-2:]
bpy.ops.mesh.primitive_grid_add(x_subdivisions=1300, y_subdivisions=1300)
image = bpy.data.images.new('Noise', 4096, 4096, float_buffer=False)
import random
random.seed(1)
image.pixels.foreach_set([random.random() for _ in range(4096)] * 16384)
image.pack()
for count in range(1000):
    bpy.data.objects.new(f'Empty {count}', None).use_fake_user = True
bpy.ops.wm.save_as_mainfile(filepath=plain, compress=False)
bpy.ops.wm.save_as_mainfile(filepath=compressed, compress=True, copy=True)
`;

const ASK =
  'import bpy,json;s=bpy.context.scene;' +
  'print(json.dumps([s.frame_start,s.frame_end,s.render.engine,[i.filepath for i in bpy.data.images]]))';

const results = join(import.meta.dirname, 'results');
const folder = join(tmpdir(), 'dropframe-bench-inspect');
const { values } = parseArgs({ options: { repeat: { type: 'string', default: '7' } } });
const repeat = Number(values.repeat);

const median = (figures: readonly number[]): number =>
  figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;

async function medianMs(times: number, run: () => unknown): Promise<number> {
  const figures: number[] = [];
  for (let round = 0; round < times; round += 1) {
    const startedAt = performance.now();
    await run();
    figures.push(performance.now() - startedAt);
  }
  return median(figures);
}

const quietly: ExecFileSyncOptions = { stdio: ['ignore', 'pipe', 'pipe'] };

function makeScenes(): readonly string[] {
  const scenes = ['plain.blend', 'compressed.blend'].map((name) => join(folder, name));
  if (!scenes.every((scene) => existsSync(scene))) {
    mkdirSync(folder, { recursive: true });
    execFileSync(
      'blender',
      ['-b', '--factory-startup', '--python-exit-code', '1', '--python-expr', MAKE, '--', ...scenes],
      quietly,
    );
  }
  return scenes;
}

const inspect = (scene: string) => {
  execFileSync(
    process.execPath,
    [join(import.meta.dirname, '../cli/dropframe.mjs'), 'inspect', scene, '--json'],
    quietly,
  );
};

const askBlender = (scene: string) => {
  execFileSync('blender', ['-b', '--factory-startup', scene, '--python-expr', ASK], quietly);
};

async function measure(scene: string) {
  // The first read of a process also compiles the reader: measured apart.
  const firstMs = await medianMs(1, () => readSceneFile(scene));
  const readerMs = await medianMs(repeat * 3, () => readSceneFile(scene));
  inspect(scene);
  const processMs = await medianMs(repeat, () => inspect(scene));
  const blenderMs = await medianMs(Math.ceil(repeat / 2), () => askBlender(scene));
  return {
    megabytes: statSync(scene).size / 1e6,
    firstMs,
    readerMs,
    processMs,
    blenderMs,
    timesFaster: blenderMs / processMs,
  };
}

const figures: Record<string, Awaited<ReturnType<typeof measure>>> = {};
for (const scene of makeScenes()) figures[scene.slice(folder.length + 1)] = await measure(scene);
mkdirSync(results, { recursive: true });
writeFileSync(join(results, 'inspect.json'), `${JSON.stringify(figures, null, 2)}\n`);
console.table(
  Object.fromEntries(
    Object.entries(figures).map(([scene, row]) => [
      scene,
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Math.round(value * 100) / 100])),
    ]),
  ),
);
