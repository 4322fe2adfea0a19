import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { code, walkBlocks } from '#shared/core/blend/blocks.ts';
import { parseHeader } from '#shared/core/blend/header.ts';
import { readScene } from '#shared/core/blend/read-scene.ts';
import { type ByteSource, createWindow, type Inflate } from '#shared/core/blend/source.ts';
import { Fault } from '#shared/core/fault.ts';

export interface Outcomes {
  readonly faults: number;
  readonly facts: number;
  /** What was neither: a crash of ours, or a case that took far too long. */
  readonly unexpected: readonly string[];
}

const SLOW_MS = 5000;
const OPTIONS = { readAheadBytes: 4096 };

/** A small generator of numbers (mulberry32): the same seed gives the same damage on every machine. */
const createDice = (seed: number) => {
  let state = seed >>> 0;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};
type Dice = ReturnType<typeof createDice>;

const sourceOf = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

const inflate: Inflate = {
  zstdFrame: (frame, maxOutputLength) => zstdDecompressSync(frame, { maxOutputLength }),
  gzip: async (source, maxOutputLength) =>
    sourceOf(gunzipSync(await source.read(0, source.size), { maxOutputLength })),
};

/** Numbers that break readers: signs, limits, and small ones. */
const NASTY = [0, 1, -1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, -0x80000000, 24, -24];

/** Places where damage hurts: block headers, and the description of the structs. Everywhere, for compressed files. */
const sorePlaces = async (bytes: Uint8Array): Promise<readonly number[]> => {
  if (bytes[0] !== 0x42) return [];
  const blocks = await walkBlocks(createWindow(sourceOf(bytes), 4096), parseHeader(bytes));
  const dna = blocks.codes.indexOf(code('DNA1'));
  const start = blocks.offsets[dna]!;
  const structs = Array.from({ length: blocks.count }, (_, index) => blocks.offsets[index]! - 24);
  return [...structs, ...Array.from({ length: blocks.count }, (_, index) => start + index * 17)].filter(
    (place) => place < bytes.length - 24,
  );
};

const damage = (bytes: Uint8Array, places: readonly number[], roll: Dice): Uint8Array => {
  const anywhere = (): number => roll(bytes.length - 8);
  const sore = (): number => (places.length === 0 ? anywhere() : places[roll(places.length)]! + roll(24));
  const copy = Uint8Array.from(bytes);
  switch (roll(5)) {
    case 0:
      return copy.subarray(0, anywhere());
    case 1:
      for (let flips = roll(20) + 1; flips > 0; flips -= 1) copy[anywhere()]! ^= 1 << roll(8);
      return copy;
    case 2:
      for (let hits = roll(4) + 1; hits > 0; hits -= 1)
        new DataView(copy.buffer).setInt32(sore(), NASTY[roll(NASTY.length)]!, true);
      return copy;
    case 3: {
      const length = roll(4096);
      copy.copyWithin(anywhere(), anywhere(), Math.min(anywhere() + length, bytes.length));
      return copy;
    }
    default: {
      const cut = anywhere();
      return new Uint8Array(Buffer.concat([copy.subarray(0, cut), copy.subarray(cut + roll(64) + 1)]));
    }
  }
};

/** Reads so many damaged copies of a scene. */
export const damagedCases = async (bytes: Uint8Array, count: number): Promise<Outcomes> => {
  const places = await sorePlaces(bytes);
  const outcomes = { faults: 0, facts: 0, unexpected: [] as string[] };
  for (let seed = 1; seed <= count; seed += 1) {
    const startedAt = performance.now();
    try {
      await readScene(sourceOf(damage(bytes, places, createDice(seed))), inflate, OPTIONS);
      outcomes.facts += 1;
    } catch (error) {
      if (error instanceof Fault) outcomes.faults += 1;
      else outcomes.unexpected.push(`seed ${seed}: ${(error as Error).stack}`);
    }
    const tookMs = performance.now() - startedAt;
    if (tookMs > SLOW_MS) outcomes.unexpected.push(`seed ${seed} took ${tookMs} ms`);
  }
  return outcomes;
};
