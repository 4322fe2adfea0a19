import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Part } from '#shared/core/part.ts';
import { tileRects } from '#shared/core/tile-rect.ts';
import { channelValues, readExr } from '#worker/media/exr-read.ts';
import { mergeSamples } from '#worker/media/merge-samples.ts';
import { stitchTiles } from '#worker/media/stitch-tiles.ts';
import { verifyFrame } from '#worker/verify/verify-frame.ts';
import { makeDirectory, run } from './images.ts';

const SIZE = { width: 97, height: 55 };

/** Renders the start-up cube with Cycles, adaptive sampling off: whole, in tiles, and in subsets of its samples. */
const SCRIPT = `
import bpy, json, sys
jobs = json.loads(sys.argv[sys.argv.index('--') + 1])
scene = bpy.context.scene
scene.render.engine = 'CYCLES'
scene.cycles.use_adaptive_sampling = False
scene.cycles.use_denoising = False
scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = ${SIZE.width}, ${SIZE.height}, 100
for job in jobs:
    rect = job['rect']
    scene.render.use_border = scene.render.use_crop_to_border = True
    scene.render.border_min_x = scene.render.border_min_y = 0
    scene.render.border_max_x = (rect['x'] + rect['width'] + 0.25) / ${SIZE.width}
    scene.render.border_max_y = (${SIZE.height} - rect['y'] + 0.25) / ${SIZE.height}
    scene.render.border_min_x = (rect['x'] + 0.25) / ${SIZE.width}
    scene.render.border_min_y = (${SIZE.height} - rect['y'] - rect['height'] + 0.25) / ${SIZE.height}
    scene.cycles.samples, scene.cycles.sample_offset = job['count'], job['offset']
    image = scene.render.image_settings
    image.file_format = job['format']
    image.color_mode, image.color_depth = 'RGBA', job['depth']
    scene.render.filepath = job['path']
    bpy.ops.render.render(write_still=True)
`;

test('tiles of a Cycles frame stitch to its very pixels, and its sample subsets merge to 1e-5', async () => {
  const directory = await makeDirectory();
  const script = join(directory, 'render.py');
  await writeFile(script, SCRIPT);
  const whole = { rect: { x: 0, y: 0, ...SIZE }, offset: 0, count: 16 };
  const kinds = [
    { format: 'PNG', depth: '16', extension: 'png' },
    { format: 'OPEN_EXR', depth: '32', extension: 'exr' },
  ] as const;
  const tiles = [0, 1, 2, 3].map(
    (i): Extract<Part, { kind: 'tile' }> => ({
      kind: 'tile',
      column: i % 2,
      row: i >> 1,
      ...{ columns: 2, rows: 2, overlap: 3 },
    }),
  );
  const name = (base: string, extension: string) => join(directory, `${base}.${extension}`);
  const jobs = kinds.flatMap(({ format, depth, extension }) => [
    { ...whole, format, depth, path: name('whole', extension) },
    ...tiles.map((tile, i) => ({
      ...whole,
      rect: tileRects(tile, SIZE).rendered,
      format,
      depth,
      path: name(`tile_${i}`, extension),
    })),
  ]);
  const subsets = [
    { offset: 0, count: 6, path: name('subset_0', 'exr') },
    { offset: 6, count: 10, path: name('subset_1', 'exr') },
  ];
  const rest = subsets.map((subset) => ({ ...whole, ...subset, format: 'OPEN_EXR', depth: '32' }));
  const args = [
    '-b',
    '--factory-startup',
    '-t',
    '2',
    '--python-exit-code',
    '7',
    '-P',
    script,
    '--',
    JSON.stringify([...jobs, ...rest]),
  ];
  await run('blender', args, { maxBuffer: 1 << 24 });
  for (const { extension } of kinds) {
    const output = name('stitched', extension);
    await stitchTiles(
      tiles.map((part, i) => ({ part, path: name(`tile_${i}`, extension) })),
      { ...SIZE, output },
    );
    const expected = { ...SIZE, format: extension, part: { kind: 'whole' } } as const;
    const [stitched, direct] = await Promise.all(
      [output, name('whole', extension)].map((path) => verifyFrame(path, expected)),
    );
    expect(stitched!.pixels, extension).toBe(direct!.pixels);
  }
  const merged = name('merged', 'exr');
  await mergeSamples(subsets, merged);
  const [a, b] = await Promise.all(
    [merged, name('whole', 'exr')].map(async (path) => readExr(await readFile(path))[0]!),
  );
  let largest = 0;
  for (const channel of ['R', 'G', 'B', 'A']) {
    const [left, right] = [channelValues(a!, channel)!, channelValues(b!, channel)!];
    for (const [i, value] of left.entries()) largest = Math.max(largest, Math.abs(value - right[i]!));
  }
  expect(largest).toBeLessThanOrEqual(1e-5);
});
