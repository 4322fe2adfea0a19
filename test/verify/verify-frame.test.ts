import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { writeExr } from '#worker/media/exr-write.ts';
import { verifyFrame } from '#worker/verify/verify-frame.ts';
import { EXTENSIONS, encode, exrSource, makeDirectory, oneOfEach, picture, poke } from '../media/images.ts';
import { outcome, SIZE, verifyBytes, WHOLE } from './verify-bytes.ts';

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

/** Numbers that look drawn at random and are the same in every run. */
function* draw(count: number, below: number): Generator<number> {
  let state = 12345;
  for (let i = 0; i < count; i += 1) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    yield state % below;
  }
}

describe('every format', () => {
  test('is good when whole, and broken when cut anywhere, empty, of another size or of another format', async () => {
    const directory = await makeDirectory();
    const files = await oneOfEach(directory, SIZE);
    expect([...files.keys()].sort()).toEqual(Object.keys(EXTENSIONS).sort());
    for (const [format, bytes] of files) {
      const facts = await verifyBytes(bytes, format);
      expect(facts, format).toMatchObject({ ...SIZE, size: bytes.length });
      expect(facts.blank, format).toBeUndefined();
      const cuts = [0, 1, 7, 40, bytes.length >> 2, bytes.length >> 1, bytes.length - 200, bytes.length - 40];
      for (const cut of cuts) {
        expect(await outcome(bytes.subarray(0, Math.max(0, cut)), format), `${format} cut at ${cut}`).toBe(
          'broken',
        );
      }
      const path = join(directory, 'frame');
      await writeFile(path, bytes);
      const wrong = verifyFrame(path, { width: 62, height: 37, format, part: WHOLE });
      await expect(wrong, format).rejects.toThrow(/size 61x37, expected 62x37/);
      const other = format === 'png' ? 'exr' : 'png';
      expect(await outcome(bytes, other), `${format} as ${other}`).toBe('broken');
    }
  });

  test('never takes damage for anything but a good or a broken frame', async () => {
    const files = await oneOfEach(await makeDirectory(), SIZE);
    for (const [format, bytes] of files) {
      for (const bit of draw(40, Math.min(bytes.length, 600) * 8)) {
        expect(['good', 'broken'], `${format} bit ${bit}`).toContain(
          await outcome(flipped(bytes, bit), format),
        );
      }
    }
  });

  test.each(['png', 'tiff', 'exr'] as const)(
    '%s: any flipped bit of its pixels is noticed',
    async (format) => {
      const bytes = format === 'exr' ? Buffer.from(writeExr([exrSource(SIZE)])) : await encode(format, SIZE);
      const start = format === 'exr' ? 400 : format === 'png' ? 0 : 8;
      const end = format === 'tiff' ? bytes.length - 400 : bytes.length;
      for (const bit of draw(60, (end - start) * 8)) {
        expect(await outcome(flipped(bytes, bit + start * 8), format), `bit ${bit}`).toBe('broken');
      }
    },
  );

  test('png: damage outside of the pixels and bytes behind the end are noticed too', async () => {
    const bytes = await picture(SIZE)
      .withExif({ IFD0: { Copyright: 'a studio' } })
      .png()
      .toBuffer();
    expect(await outcome(bytes, 'png')).toBe('good');
    const text = flipped(bytes, bytes.indexOf('a studio') * 8);
    await expect(verifyBytes(text, 'png')).rejects.toThrow('the checksum of chunk eXIf at byte');
    const last = flipped(bytes, (bytes.length - 1) * 8);
    await expect(verifyBytes(last, 'png')).rejects.toThrow('the checksum of chunk IEND');
    await expect(verifyBytes(Buffer.concat([bytes, Buffer.of(0)]), 'png')).rejects.toThrow(
      '1 bytes behind its end',
    );
  });
});

describe('facts', () => {
  test('a missing file is a broken frame that names it', async () => {
    const missing = verifyFrame('/nowhere/f.png', { ...SIZE, format: 'png', part: WHOLE });
    await expect(missing).rejects.toMatchObject({
      code: 'BROKEN_FRAME',
      message: expect.stringContaining('no such file'),
    });
  });

  test('an empty file says so', async () => {
    for (const format of ['png', 'exr', 'bmp'] as const) {
      await expect(verifyBytes(Buffer.alloc(0), format)).rejects.toThrow('0 bytes');
    }
  });

  test.each([
    [1, 8],
    [3, 8],
    [4, 8],
    [1, 16],
    [3, 16],
    [4, 16],
  ] as const)(
    '%i channels of %i bits: the same picture has the same hash, whatever the file',
    async (channels, depth) => {
      const png = await verifyBytes(await encode('png', SIZE, { channels, depth }), 'png');
      expect(png).toMatchObject({ channels, depth });
      const tiff = await verifyBytes(await encode('tiff', SIZE, { channels, depth }), 'tiff');
      const dense = picture(SIZE, { channels, depth }).withExif({ IFD0: { Copyright: 'later' } });
      const again = await verifyBytes(await dense.png({ compressionLevel: 1 }).toBuffer(), 'png');
      expect(again.sha256).not.toBe(png.sha256);
      expect([tiff.pixels, again.pixels]).toEqual([png.pixels, png.pixels]);
      const other = await verifyBytes(await encode('png', SIZE, { channels, depth, seed: 1 }), 'png');
      expect(other.pixels).not.toBe(png.pixels);
    },
  );

  test('channels and depth are checked when they are known', async () => {
    const png = await encode('png', SIZE, { channels: 4 });
    await expect(verifyBytes(png, 'png', { channels: 3 })).rejects.toThrow('4 channels, expected 3');
    await expect(verifyBytes(png, 'png', { depth: 16 })).rejects.toThrow('8 bits a sample, expected 16');
    const exr = writeExr([exrSource(SIZE)]);
    await expect(verifyBytes(exr, 'exr', { depth: 32 })).rejects.toThrow('16 bits a sample, expected 32');
    expect(await verifyBytes(exr, 'exr', { channels: 4, depth: 16 })).toMatchObject({
      channels: 4,
      depth: 16,
    });
  });

  test('a tile is expected in its own size, overlap included', async () => {
    const part = { kind: 'tile', column: 0, row: 0, columns: 2, rows: 1, overlap: 11 } as const;
    const path = join(await makeDirectory(), 'tile');
    await writeFile(path, await encode('png', SIZE));
    const facts = await verifyFrame(path, { width: 100, height: 37, format: 'png', part });
    expect(facts).toMatchObject(SIZE);
    await expect(verifyFrame(path, { width: 102, height: 37, format: 'png', part })).rejects.toThrow(
      'expected 62x37',
    );
  });

  test('blank frames are named: black, transparent, or neither', async () => {
    const flat = (channels: 3 | 4, background: { r: number; g: number; b: number; alpha?: number }) =>
      sharp({ create: { ...SIZE, channels, background } })
        .png()
        .toBuffer();
    expect(await verifyBytes(await flat(3, { r: 0, g: 0, b: 0 }), 'png')).toMatchObject({ blank: 'black' });
    expect(await verifyBytes(await flat(4, { r: 0, g: 0, b: 0, alpha: 1 }), 'png')).toMatchObject({
      blank: 'black',
    });
    expect(await verifyBytes(await flat(4, { r: 9, g: 0, b: 0, alpha: 0 }), 'png')).toMatchObject({
      blank: 'transparent',
    });
    expect((await verifyBytes(await flat(3, { r: 0, g: 0, b: 1 }), 'png')).blank).toBeUndefined();
    const nothing = { ...exrSource(SIZE), lines: new Uint8Array(61 * 37 * 8) };
    expect(await verifyBytes(writeExr([nothing]), 'exr')).toMatchObject({ blank: 'transparent' });
    expect(await verifyBytes(writeExr([poke(nothing, 'A', 60, 36, 1)]), 'exr')).toMatchObject({
      blank: 'black',
    });
    const lit = poke(poke(nothing, 'A', 0, 0, 1), 'G', 0, 0, 0.5);
    expect((await verifyBytes(writeExr([lit]), 'exr')).blank).toBeUndefined();
  });
});
