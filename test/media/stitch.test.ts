import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { Part } from '#shared/core/part.ts';
import { tileRects } from '#shared/core/tile-rect.ts';
import { SAMPLE_BYTES } from '#worker/media/exr-header.ts';
import { channelValues, readExr } from '#worker/media/exr-read.ts';
import { type ExrSource, writeExr } from '#worker/media/exr-write.ts';
import { halfTable, toHalf } from '#worker/media/half.ts';
import { mergeSamples } from '#worker/media/merge-samples.ts';
import { stitchTiles } from '#worker/media/stitch-tiles.ts';
import { verifyFrame } from '#worker/verify/verify-frame.ts';
import { encode, exrSource, makeDirectory, picture, RGBA, run } from './images.ts';

const SIZE = { width: 61, height: 37 };
type Tile = Extract<Part, { kind: 'tile' }>;

const tiles = (columns: number, rows: number, overlap: number): Tile[] =>
  Array.from({ length: columns * rows }, (_, i) => ({
    kind: 'tile',
    column: i % columns,
    row: Math.floor(i / columns),
    ...{ columns, rows, overlap },
  }));

/** What a renderer writes for a tile: that part of the whole picture. */
function cropExr(source: ExrSource, part: Tile): ExrSource {
  const { x, y, width, height } = tileRects(part, SIZE).rendered;
  const lineBytes = source.lines.length / SIZE.height;
  const rows = Array.from({ length: height }, (_, row) => {
    let start = (y + row) * lineBytes;
    return source.channels.map(({ type }) => {
      const bytes = source.lines.subarray(
        start + x * SAMPLE_BYTES[type],
        start + (x + width) * SAMPLE_BYTES[type],
      );
      start += SIZE.width * SAMPLE_BYTES[type];
      return bytes;
    });
  });
  return { ...source, width, height, lines: Buffer.concat(rows.flat()) };
}

describe('stitching tiles gives exactly the pixels of the whole frame', () => {
  test.each([
    ['png', 3, 8],
    ['png', 4, 16],
    ['png', 1, 16],
    ['tiff', 3, 16],
    ['tiff', 4, 8],
  ] as const)('%s, %i channels of %i bits', async (format, channels, depth) => {
    const directory = await makeDirectory();
    const whole = join(directory, 'whole');
    await writeFile(whole, await encode(format, SIZE, { channels, depth }));
    const inputs = await Promise.all(
      tiles(3, 2, 5).map(async (part, i) => {
        const { x, y, width, height } = tileRects(part, SIZE).rendered;
        const crop = await picture(SIZE, { channels, depth }).png().toBuffer();
        const space = (await sharp(crop).metadata()).space!;
        const path = join(directory, `tile_${i}`);
        const tile = sharp(crop).extract({ left: x, top: y, width, height }).toColourspace(space);
        await tile.toFormat(format, format === 'tiff' ? { compression: 'deflate' } : {}).toFile(path);
        return { path, part };
      }),
    );
    const output = join(directory, 'stitched');
    await stitchTiles(inputs, { ...SIZE, output });
    const expected = { ...SIZE, format, part: { kind: 'whole' } } as const;
    const [a, b] = [await verifyFrame(output, expected), await verifyFrame(whole, expected)];
    expect(a).toMatchObject({ pixels: b.pixels, channels, depth });
  });

  test('OpenEXR with layers of several types, metadata kept', async () => {
    const directory = await makeDirectory();
    const attributes = [{ name: 'owner', type: 'string', value: Buffer.from('a studio') }];
    const channels = [
      { name: 'View.Combined.R', type: 'half' },
      { name: 'View.Depth.Z', type: 'float' },
      { name: 'View.IndexOB.X', type: 'uint' },
    ] as const;
    const source = { ...exrSource(SIZE, channels), attributes };
    const inputs = await Promise.all(
      tiles(2, 3, 7).map(async (part, i) => {
        const path = join(directory, `tile_${i}.exr`);
        await writeFile(path, writeExr([cropExr(source, part)]));
        return { path, part };
      }),
    );
    const output = join(directory, 'stitched.exr');
    await stitchTiles(inputs, { ...SIZE, output });
    const [image] = readExr(await readFile(output));
    expect(Buffer.compare(image!.lines, source.lines)).toBe(0);
    expect(image!.part.attributes.find(({ name }) => name === 'owner')?.value).toEqual(
      new Uint8Array(attributes[0]!.value),
    );
    expect((await run('oiiotool', ['--info', '-v', output])).stdout).toContain('61 x   37, 3 channel');
  });

  test('tiles that are not what they should be are broken, and formats that lose something are refused', async () => {
    const directory = await makeDirectory();
    const [left, right] = tiles(2, 1, 0);
    const write = async (name: string, bytes: Uint8Array) => {
      const path = join(directory, name);
      await writeFile(path, bytes);
      return path;
    };
    const frame = { ...SIZE, output: join(directory, 'no') };
    const stitch = (a: string, b: string) =>
      stitchTiles(
        [
          { path: a, part: left! },
          { path: b, part: right! },
        ],
        frame,
      );
    const rgb = await write('a', await encode('png', { width: 30, height: 37 }));
    const rgba = await write('b', await encode('png', { width: 31, height: 37 }, { channels: 4 }));
    await expect(stitch(rgb, rgba)).rejects.toThrow(
      '31x37, 4 channels of 8 bits, expected 31x37, 3 channels of 8 bits',
    );
    await expect(stitch(rgb, rgb)).rejects.toMatchObject({ code: 'BROKEN_FRAME' });
    const exr = await write('c', writeExr([exrSource({ width: 30, height: 37 })]));
    await expect(stitch(exr, exr)).rejects.toThrow('size 30x37, expected 31x37');
    const fewer = await write('d', writeExr([exrSource({ width: 31, height: 37 }, RGBA.slice(1))]));
    await expect(stitch(exr, fewer)).rejects.toThrow('channels B:half G:half R:half, expected A:half');
    const jpeg = await write('e', await encode('jpeg', { width: 30, height: 37 }));
    await expect(stitch(jpeg, jpeg)).rejects.toMatchObject({ code: 'REFUSED' });
  });
});

describe('merging sample subsets', () => {
  const FLOATS = RGBA.map(({ name }) => ({ name, type: 'float' as const }));

  test.each(['float', 'half'] as const)(
    'is the mean weighted by samples, rounded once (%s)',
    async (type) => {
      const directory = await makeDirectory();
      const channels = RGBA.map(({ name }) => ({ name, type }));
      const counts = [5, 5, 6];
      const subsets = await Promise.all(
        counts.map(async (count, seed) => {
          const path = join(directory, `${seed}.exr`);
          await writeFile(path, writeExr([exrSource(SIZE, channels, seed)]));
          return { path, count };
        }),
      );
      const output = join(directory, 'merged.exr');
      await mergeSamples(subsets, output);
      const values = async (path: string) => channelValues(readExr(await readFile(path))[0]!, 'G')!;
      const [merged, ...given] = await Promise.all([output, ...subsets.map(({ path }) => path)].map(values));
      const exact = merged!.map((_, i) =>
        given.reduce((sum, plane, s) => sum + plane[i]! * (counts[s]! / 16), 0),
      );
      const rounded = type === 'half' ? exact.map((value) => halfTable()[toHalf(value)]!) : exact;
      expect(merged).toEqual(rounded);
    },
  );

  test('refuses 8-bit pictures and data passes, which have no mean', async () => {
    const directory = await makeDirectory();
    const output = join(directory, 'no');
    const merge = async (bytes: Uint8Array, other = bytes) => {
      await writeFile(join(directory, 'a'), bytes);
      await writeFile(join(directory, 'b'), other);
      await mergeSamples(
        ['a', 'b'].map((name) => ({ path: join(directory, name), count: 8 })),
        output,
      );
    };
    await expect(merge(await encode('png', SIZE))).rejects.toMatchObject({ code: 'REFUSED' });
    const depth = writeExr([exrSource(SIZE, [{ name: 'View.Depth.Z', type: 'float' }])]);
    await expect(merge(depth)).rejects.toThrow('data passes have no mean');
    const small = writeExr([exrSource({ width: 60, height: 37 }, FLOATS)]);
    await expect(merge(writeExr([exrSource(SIZE, FLOATS)]), small)).rejects.toThrow(
      'size 60x37, expected 61x37',
    );
  });
});

test('every half turns into a value and back; what lies between rounds to even', () => {
  for (let bits = 0; bits < 0x10000; bits += 1) {
    const value = halfTable()[bits]!;
    if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits);
  }
  expect(toHalf(Number.NaN) & 0x7fff).toBeGreaterThan(0x7c00);
  const between = [1 + 1 / 2048, 1 + 3 / 2048, 2 ** -25, 2 ** -24 * 1.5, 65519.99, 65520, -65520, 1e30];
  expect(between.map(toHalf)).toEqual([0x3c00, 0x3c02, 0, 2, 0x7bff, 0x7c00, 0xfc00, 0x7c00]);
});
