import { existsSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Part } from '#shared/core/part.ts';
import { tileRects } from '#shared/core/tile-rect.ts';
import { channelValues, readExr } from '#worker/media/exr-read.ts';
import type { Renderer } from '#worker/renderer/renderer.ts';
import { folder, makeScenes, open, outcomes, problemsOf, rendered } from './renderer-rig.ts';

const scenes = folder('frames');
beforeAll(() => makeScenes('frames.py', scenes));

const pixels = (path: string) => sharp(path).raw().toBuffer({ resolveWithObject: true });
const tile = (column: number, row: number): Part => ({
  ...{ kind: 'tile', column, row, columns: 2, rows: 2, overlap: 1 },
});

/** The red of an EXR file; every channel takes the same way. */
function red(path: string): Float32Array {
  const image = readExr(readFileSync(path))[0];
  const values = image && channelValues(image, 'R');
  if (!values) throw new Error(`${path} has no red.`);
  return values;
}

/** A frame's tiles have, to the last bit, the pixels that the frame has there. */
async function expectTilesToMatch(renderer: Renderer): Promise<void> {
  const { width, height } = renderer.scene;
  const whole = red(rendered((await outcomes(renderer, { frames: [3] }))[0]).path);
  expect(whole).toHaveLength(width * height);
  for (const part of [tile(0, 0), tile(1, 0), tile(0, 1), tile(1, 1)]) {
    const cut = tileRects(part as Extract<Part, { kind: 'tile' }>, { width, height }).rendered;
    const rows = Array.from({ length: cut.height }, (_, row) => (cut.y + row) * width + cut.x);
    const expected = rows.flatMap((start) => [...whole.subarray(start, start + cut.width)]);
    expect([...red(rendered((await outcomes(renderer, { frames: [3], part }))[0]).path)]).toEqual(expected);
  }
}

describe('a plain scene', () => {
  test('is opened, and any list of frames rendered in its order, as one file each', async () => {
    const seen = new Set<number>();
    const renderer = await open(scenes, 'plain.blend');
    expect(renderer.scene).toEqual({
      ...{ engine: 'CYCLES', width: 33, height: 21, fps: { numerator: 24_000, denominator: 1001 } },
      ...{ extension: '.png', format: 'png', device: 'cpu', animated: true, problems: [] },
    });
    const frames = [4, 5, 6, 10, 12, 14, 13, -2, 0, 1_000_000];
    const told = await outcomes(
      renderer,
      { frames, preview: true },
      { onProgress: ({ frame }) => seen.add(frame) },
    );
    expect(told.map(({ frame }) => frame)).toEqual(frames);
    expect(seen).toEqual(new Set(frames));
    for (const outcome of told) {
      const { path, warnings, seconds, preview } = rendered(outcome);
      const { info } = await pixels(path);
      expect([info.width, info.height, warnings, preview]).toEqual([33, 21, [], undefined]);
      expect(seconds).toBeGreaterThan(0);
    }
    // The same frame alone and within a run, and again by the warm process: the same pixels.
    const again = rendered((await outcomes(renderer, { frames: [5] }))[0]);
    const first = await pixels(rendered(told[1]).path);
    expect((await pixels(again.path)).data.equals(first.data)).toBe(true);
  });

  test('as EXR comes with a preview that is the PNG Blender would have made', async () => {
    const asked = { resolution: { percent: 50 }, samples: 3 } as const;
    const exr = await open(scenes, 'plain.blend', { settings: { ...asked, format: 'exr' } });
    expect(exr.scene).toMatchObject({ width: 16, height: 10, extension: '.exr', format: 'exr' });
    const told = (await outcomes(exr, { frames: [2, 3], preview: true })).map(rendered);
    const png = await open(scenes, 'plain.blend', { settings: asked });
    const direct = (await outcomes(png, { frames: [2, 3], preview: true })).map(rendered);
    for (const [index, { path, preview }] of told.entries()) {
      expect(path).toMatch(/f_00000[23]\.exr$/);
      const shown = await sharp(preview).removeAlpha().raw().toBuffer();
      const expected = await sharp(direct[index]?.path).removeAlpha().raw().toBuffer();
      expect(shown.equals(expected)).toBe(true);
    }
    expect(rendered((await outcomes(exr, { frames: [2] }))[0]).preview).toBeUndefined();
    await expectTilesToMatch(exr);
  });

  test('in subsets of its samples has the mean of the whole', async () => {
    const renderer = await open(scenes, 'plain.blend', { settings: { format: 'exr', samples: 4 } });
    const subset = (offset: number): Part => ({ kind: 'samples', offset, count: 2, total: 4 });
    const half = async (offset: number) =>
      red(rendered((await outcomes(renderer, { part: subset(offset) }))[0]).path);
    const halves = [await half(0), await half(2)];
    const whole = red(rendered((await outcomes(renderer, { frames: [1] }))[0]).path);
    expect(whole).toHaveLength(33 * 21);
    // The whole is kept in 16 bits, the parts in 32.
    whole.forEach((value, index) => {
      const mean = ((halves[0]?.[index] ?? 0) + (halves[1]?.[index] ?? 0)) / 2;
      expect(Math.abs(mean - value)).toBeLessThan(Math.max(1, value) / 1000);
    });
    expect(halves[0]).not.toEqual(halves[1]);
  });
});

test('tiles of a scene with a cropped region of its own are tiles of that region', async () => {
  const renderer = await open(scenes, 'region.blend', { settings: { format: 'exr' } });
  expect(renderer.scene).toMatchObject({ width: 16, height: 12 });
  await expectTilesToMatch(renderer);
});

test('what a scene says for other machines does not get in the way', async () => {
  const odd = await open(scenes, 'odd.blend');
  expect(problemsOf(odd.scene)).toEqual(['warn format-changed', 'warn gpu-not-used']);
  expect(odd.scene).toMatchObject({ format: 'png', extension: '.png', device: 'cpu', animated: false });
  const own = await pixels(rendered((await outcomes(odd, {}))[0]).path);

  const settings = { camera: 'Other', viewLayer: 'Empty', format: 'jpeg', device: 'cpu' } as const;
  const other = await open(scenes, 'odd.blend', { settings });
  expect(problemsOf(other.scene)).toEqual([]);
  const { path } = rendered((await outcomes(other, {}))[0]);
  expect(path).toMatch(/\.jpg$/);
  const layer = await pixels(path);
  expect(new Set(layer.data).size).toBeLessThan(4);
  expect(new Set(own.data).size).toBeGreaterThan(10);
});

test('an asked camera wins over the cameras that markers bind', async () => {
  const asked = await open(scenes, 'odd.blend', { settings: { camera: 'Other' } });
  const bound = await open(scenes, 'odd.blend', { settings: { camera: 'Camera' } });
  const [above, front] = await Promise.all(
    [asked, bound].map(async (renderer) => pixels(rendered((await outcomes(renderer, {}))[0]).path)),
  );
  expect(above?.data.equals(front?.data ?? Buffer.of())).toBe(false);
});

test('Eevee renders without a screen, in a sandbox', async () => {
  const renderer = await open(scenes, 'eevee.blend');
  expect(renderer.scene).toMatchObject({ engine: 'BLENDER_EEVEE', device: 'opengl' });
  const told = (await outcomes(renderer, { frames: [1, 2] })).map(rendered);
  expect(told.every(({ path, warnings }) => existsSync(path) && warnings.length === 0)).toBe(true);
  expect((await sharp(told[0]?.path).stats()).channels[0]?.max).toBeGreaterThan(40);
  const samples = { kind: 'samples', offset: 0, count: 1, total: 2 } as const;
  expect(await outcomes(renderer, { part: samples })).toMatchObject([
    { ok: false, code: 'REFUSED', permanent: true },
  ]);
});
