import { constants, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readScene } from '#shared/core/blend/read-scene.ts';
import type { ByteSource } from '#shared/core/blend/source.ts';
import { createZstdSource, isZstd } from '#shared/core/blend/zstd.ts';
import { data, INFLATE, id, read, STRUCTS, scene, sourceOf } from './blend-samples.ts';
import { MAKES, writeBlend } from './blend-writer.ts';

const scenes = [scene({ 'r.efra': 77 }), id('ME', 'Mesh', 'Grid')];
// A megabyte that does not compress, between the scene and the description of the structs.
const noise = Uint8Array.from({ length: 2 ** 20 }, (_, index) => (index * index * 2654435761) >>> 24);
const middle = Array.from({ length: 16384 }, (_, row) => ({
  name: String.fromCharCode(...noise.subarray(row * 64, row * 64 + 60))
    .replaceAll('\0', '.')
    .replace(/[^ -~]/g, '?'),
}));
const plain = writeBlend(MAKES['64 bits']!, STRUCTS, [
  ...scenes,
  { code: 'DATA', struct: 'StripElem', rows: middle },
  id('OB', 'Object', 'Camera', { type: 11 }),
  data('PointCache', {}),
]);

const frameBytes = 100_000;
const pieces = Array.from({ length: Math.ceil(plain.length / frameBytes) }, (_, index) =>
  plain.subarray(index * frameBytes, (index + 1) * frameBytes),
);
const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const compressed = (piece: Uint8Array, params: Record<number, number> = {}): Uint8Array =>
  zstdCompressSync(piece, { params });

const words = (...values: readonly number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => {
    view.setUint32(index * 4, value, true);
  });
  return new Uint8Array(view.buffer);
};

/** zstd's seekable format: a skippable frame with the sizes of all frames. */
const seekTable = (
  entries: readonly (readonly number[])[],
  { checksums = false, count = entries.length } = {},
) => {
  const body = joined(entries.map((entry) => words(...entry)));
  return joined([
    words(0x184d2a5e, body.length + 9),
    body,
    words(count),
    Uint8Array.of(checksums ? 0x80 : 0),
    words(0x8f92eab1),
  ]);
};

const frames = pieces.map((piece) => compressed(piece));
const sizes = frames.map((frame, index) => [frame.length, pieces[index]!.length]);
const refused = (message: string) => ({ code: 'INVALID_SCENE', message: expect.stringContaining(message) });

test('a zstd file is known by its first bytes', () => {
  expect([0xfd2fb528, 0x184d2a50, 0x184d2a5f, 0x184d2a60, 0].map(isZstd)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

describe('a scene of many frames', () => {
  const withChecksums = sizes.map((entry) => [...entry, 0]);
  test.each<[string, Uint8Array]>([
    ['with a seek table', joined([...frames, seekTable(sizes)])],
    [
      'with a seek table that has checksums',
      joined([...frames, seekTable(withChecksums, { checksums: true })]),
    ],
    [
      'with an empty frame in the table',
      joined([
        ...frames,
        compressed(new Uint8Array()),
        seekTable([...sizes, [compressed(new Uint8Array()).length, 0]]),
      ]),
    ],
    ['without a seek table', joined(frames)],
    ['with something to skip', joined([words(0x184d2a50, 4, 0), ...frames, words(0x184d2a51, 0)])],
    ['with an empty frame', joined([compressed(new Uint8Array()), ...frames])],
    ['with a seek table of another file', joined([...frames, seekTable(sizes.slice(1))])],
    ['with a seek table longer than the file', joined([...frames, seekTable(sizes, { count: 60_000 })])],
    ['with a seek table of too many frames', joined([...frames, seekTable(sizes, { count: 2 ** 31 })])],
    [
      'with checksums',
      joined(pieces.map((piece) => compressed(piece, { [constants.ZSTD_c_checksumFlag]: 1 }))),
    ],
    [
      'that do not say their size',
      joined(pieces.map((piece) => compressed(piece, { [constants.ZSTD_c_contentSizeFlag]: 0 }))),
    ],
    [
      'in tiny frames',
      joined(
        [plain.subarray(0, 5000), plain.subarray(5000, 5200), plain.subarray(5200)].map((piece) =>
          compressed(piece),
        ),
      ),
    ],
  ])('%s', async (_name, bytes) => {
    expect(await read(bytes)).toMatchObject({ compression: 'zstd', frameEnd: 77, cameras: ['Camera'] });
  });

  test('says the same as when it is plain', async () => {
    expect(await read(joined(frames))).toEqual({ ...(await read(plain)), compression: 'zstd' });
  });

  test('of which only what is needed is inflated', async () => {
    const asked = new Set<number>();
    const counting = {
      ...INFLATE,
      zstdFrame: (frame: Uint8Array, most: number) => {
        asked.add(frame.length);
        return INFLATE.zstdFrame(frame, most);
      },
    };
    await read(joined([...frames, seekTable(sizes)]), counting);
    expect(asked.size).toBeLessThan(5);
    expect(pieces.length).toBeGreaterThan(10);
  });

  test('is read across frames', async () => {
    const source = await createZstdSource(sourceOf(joined([...frames, seekTable(sizes)])), INFLATE, 2 ** 30);
    const [from, length] = [frameBytes - 7, 2 * frameBytes];
    expect(Buffer.from(plain.subarray(from, from + length)).equals(await source.read(from, length))).toBe(
      true,
    );
    expect(source.size).toBe(plain.length);
  });

  test('forgets frames when it holds many', async () => {
    const big = new Uint8Array(20 * 2 ** 20);
    const source = await createZstdSource(
      sourceOf(joined(Array.from({ length: 4 }, () => compressed(big)))),
      INFLATE,
      2 ** 30,
    );
    for (const frame of [0, 1, 2, 3, 0])
      expect([...(await source.read(frame * big.length, 3))]).toEqual([0, 0, 0]);
    expect(source.size).toBe(4 * big.length);
  });
});

describe('a damaged zstd scene', () => {
  const tail = frames.at(-1)!;
  test.each<[string, Uint8Array, string]>([
    ['cut in a frame', joined(frames).subarray(0, -20), 'cut short'],
    ['cut in a header', joined([...frames, tail.subarray(0, 3)]), 'it ends at byte'],
    [
      'with something else between',
      joined([frames[0]!, words(1, 2, 3, 4, 5), ...frames.slice(1)]),
      'no zstd frame starts here',
    ],
    ['with nothing in it', compressed(new Uint8Array()), 'not a .blend file'],
    [
      'whose table lies about a size',
      joined([...frames, seekTable(sizes.map(([length], index) => [length!, index === 0 ? 5 : frameBytes]))]),
      'cannot be inflated',
    ],
    [
      'whose table promises more',
      joined([...frames, seekTable(sizes.map(([length]) => [length!, frameBytes + 1]))]),
      'not 100001',
    ],
    [
      'whose table promises far too much',
      joined([...frames, seekTable(sizes.map(([length]) => [length!, 2 ** 31]))]),
      'too big to be read in pieces',
    ],
  ])('%s', async (_name, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject(refused(message));
  });

  test('with wrong bytes in a frame', async () => {
    const wrong = frames[0]!.slice();
    wrong.fill(0xff, 20, 40);
    await expect(read(joined([wrong, ...frames.slice(1)]))).rejects.toMatchObject({ code: 'INVALID_SCENE' });
  });

  test('whose reads come back short', async () => {
    const whole = joined([...frames, seekTable(sizes)]);
    const short = (from: number): ByteSource => ({
      size: whole.length,
      read: (offset, length) => whole.slice(offset, offset + (offset >= from || length > 9 ? 3 : length)),
    });
    for (const from of [whole.length, 4]) {
      const reading = readScene(short(from), INFLATE, { readAheadBytes: 64 });
      await expect(reading).rejects.toMatchObject(refused('can be read'));
    }
    const noSize = joined(
      pieces.map((piece) => compressed(piece, { [constants.ZSTD_c_contentSizeFlag]: 0 })),
    );
    const cut = {
      size: noSize.length,
      read: (at: number, length: number) => noSize.slice(at, at + (length > 5000 ? 9 : length)),
    };
    await expect(readScene(cut, INFLATE, { readAheadBytes: 64 })).rejects.toMatchObject(
      refused('can be read'),
    );
  });
});

describe('a bomb', () => {
  const zeros = compressed(new Uint8Array(60 * 2 ** 20));

  test('of many frames is refused before it is inflated', async () => {
    const never = { ...INFLATE, zstdFrame: () => expect.unreachable() };
    await expect(read(joined([zeros, zeros]), never)).rejects.toMatchObject(refused('inflates to'));
    const table = seekTable([zeros, zeros].map(({ length }) => [length, 60 * 2 ** 20]));
    await expect(read(joined([zeros, zeros, table]), never)).rejects.toMatchObject(refused('inflates to'));
  });

  test('of one huge frame is refused', async () => {
    // A frame that says it holds 2^40 bytes: descriptor with an 8-byte size, then one empty raw block.
    const huge = joined([words(0xfd2fb528), Uint8Array.of(0xe0), words(0, 256), Uint8Array.of(1, 0, 0)]);
    await expect(read(huge)).rejects.toMatchObject(refused('too big to be read in pieces'));
  });

  test('of more frames than a file can have is refused', async () => {
    const one = compressed(new Uint8Array(1));
    const count = 2 ** 17 + 1;
    const endless: ByteSource = {
      size: one.length * count,
      read: (offset, length) =>
        Uint8Array.from({ length }, (_, index) => one[(offset + index) % one.length]!),
    };
    await expect(createZstdSource(endless, INFLATE, 2 ** 30)).rejects.toMatchObject(refused('zstd frames'));
  });
});
