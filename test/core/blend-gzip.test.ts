import { expect, test } from 'vitest';
import { readScene } from '#shared/core/blend/read-scene.ts';
import { INFLATE, STRUCTS, scene, sourceOf } from './blend-samples.ts';
import { MAKES, writeBlend } from './blend-writer.ts';

const plain = writeBlend(MAKES['32 bits']!, STRUCTS, [scene()]);
const gzipped = sourceOf(Uint8Array.of(0x1f, 0x8b, 8, 0));

test('a gzip scene is handed over whole, with a limit', async () => {
  const asked: number[] = [];
  const inflate = {
    ...INFLATE,
    gzip: async (_source: unknown, maxBytes: number) => {
      asked.push(maxBytes);
      return sourceOf(plain);
    },
  };
  expect(await readScene(gzipped, inflate, { readAheadBytes: 64 })).toMatchObject({
    compression: 'gzip',
    frameEnd: 48,
  });
  expect(asked).toEqual([64 * 2 ** 20]);
});

test.each([
  ['two hundred times its size', 10 * 2 ** 20, 2000 * 2 ** 20],
  ['at most 16 GiB', 2 ** 31, 16 * 2 ** 30],
])('the limit is %s', async (_name, size, limit) => {
  let asked = 0;
  const inflate = {
    ...INFLATE,
    gzip: async (_source: unknown, maxBytes: number) => {
      asked = maxBytes;
      return sourceOf(plain);
    },
  };
  await readScene({ ...gzipped, size }, inflate, { readAheadBytes: 64 });
  expect(asked).toBe(limit);
});

test('only the first byte of gzip is not gzip', async () => {
  await expect(
    readScene(sourceOf(Uint8Array.of(0x1f, 1, 1, 1)), INFLATE, { readAheadBytes: 64 }),
  ).rejects.toMatchObject({
    code: 'INVALID_SCENE',
  });
});
