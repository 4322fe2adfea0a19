import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeExr } from '#worker/media/exr-write.ts';
import { verifyFrame } from '#worker/verify/verify-frame.ts';
import { exrSource, makeDirectory, poke, RGBA, run } from '../media/images.ts';
import { outcome, SIZE, verifyBytes, WHOLE } from './verify-bytes.ts';

describe('OpenEXR', () => {
  test.each([
    ['half', Number.NaN, 'NaN in channel R at 12,7'],
    ['half', Number.POSITIVE_INFINITY, 'Inf in channel R at 12,7'],
    ['float', Number.NaN, 'NaN in channel R at 12,7'],
    ['float', Number.NEGATIVE_INFINITY, 'Inf in channel R at 12,7'],
  ] as const)('%s %d is found and named', async (type, value, message) => {
    const channels = RGBA.map(({ name }) => ({ name, type }));
    const bytes = writeExr([poke(exrSource(SIZE, channels), 'R', 12, 7, value)]);
    const failure = verifyBytes(bytes, 'exr');
    await expect(failure).rejects.toMatchObject({
      code: 'BROKEN_FRAME',
      details: { channel: 'R', x: 12, y: 7 },
    });
    await expect(failure).rejects.toThrow(message);
  });

  test('whole numbers are not mistaken for infinite ones', async () => {
    const channels = [{ name: 'IndexOB', type: 'uint' } as const];
    const source = exrSource(SIZE, channels);
    expect(await verifyBytes(writeExr([{ ...source, lines: source.lines.fill(0xff) }]), 'exr')).toMatchObject(
      { channels: 1 },
    );
  });

  test('the hash of the pixels does not depend on the compression; all of them are read', async () => {
    const directory = await makeDirectory();
    const source = join(directory, 'source.exr');
    await writeFile(source, writeExr([exrSource(SIZE)]));
    const expected = { ...SIZE, format: 'exr', part: WHOLE } as const;
    const { pixels } = await verifyFrame(source, expected);
    const exact = ['none', 'rle', 'zips', 'zip', 'piz', 'pxr24'];
    const lossy = ['b44', 'b44a', 'dwaa', 'dwab'];
    const outputs = [...exact, ...lossy].flatMap((name) => [
      '--compression',
      name,
      '-o',
      join(directory, `${name}.exr`),
    ]);
    await run('oiiotool', [source, ...outputs]);
    for (const name of exact)
      expect((await verifyFrame(join(directory, `${name}.exr`), expected)).pixels, name).toBe(pixels);
    for (const name of lossy) {
      const facts = await verifyFrame(join(directory, `${name}.exr`), expected);
      expect(facts, name).toMatchObject({ channels: 4, depth: 16 });
      expect(facts.pixels, name).not.toBe(pixels);
      const bytes = await readFile(join(directory, `${name}.exr`));
      expect(await outcome(bytes.subarray(0, bytes.length - 9), 'exr'), name).toBe('broken');
    }
    await run('oiiotool', [
      source,
      '-d',
      'float',
      '--compression',
      'dwaa',
      '-o',
      join(directory, 'floats.exr'),
    ]);
    const floats = await verifyFrame(join(directory, 'floats.exr'), expected);
    expect(floats.warnings?.map(({ code }) => code)).toEqual(['NOT_DECODED']);
  });

  test('layers and several parts are read whole', async () => {
    const layers = [
      'Depth.Z',
      'View.Combined.A',
      'View.Combined.B',
      'View.Combined.G',
      'View.Combined.R',
    ].map((name) => ({ name, type: 'float' as const }));
    expect(await verifyBytes(writeExr([exrSource(SIZE, layers)]), 'exr-multilayer')).toMatchObject({
      channels: 5,
      depth: 32,
    });
    const part = (name: string) => ({
      ...exrSource(SIZE),
      attributes: [
        { name: 'name', type: 'string', value: Buffer.from(name) },
        { name: 'type', type: 'string', value: Buffer.from('scanlineimage') },
      ],
    });
    const bytes = Buffer.from(writeExr([part('left'), part('right')]));
    expect(await verifyBytes(bytes, 'exr-multilayer')).toMatchObject({ channels: 8 });
    expect(await outcome(bytes.subarray(0, bytes.length - 1), 'exr')).toBe('broken');
  });

  test('a header that claims a gigantic picture is refused at once', async () => {
    const bytes = Buffer.from(writeExr([exrSource(SIZE)]));
    const window = bytes.indexOf('dataWindow\0box2i\0') + 'dataWindow\0box2i\0'.length + 4;
    bytes.writeInt32LE(1_000_000, window + 8);
    bytes.writeInt32LE(1_000_000, window + 12);
    await expect(verifyBytes(bytes, 'exr')).rejects.toThrow('size 1000001x1000001, expected 61x37');
  });

  test('what a full disk leaves behind is broken: the table says that chunks were never written', async () => {
    const bytes = Buffer.from(writeExr([{ ...exrSource(SIZE), compression: 'none' }]));
    const first = bytes.readUInt32LE(bytes.length - (61 * 8 + 8) * 37 - 8 * 37);
    const table = bytes.length - (61 * 8 + 8) * 37 - 8 * 37;
    expect(first).toBe(table + 8 * 37);
    bytes.writeBigUInt64LE(0n, table + 8 * 36);
    await expect(verifyBytes(bytes, 'exr')).rejects.toThrow('chunk 37 of 37 was never written');
  });
});
