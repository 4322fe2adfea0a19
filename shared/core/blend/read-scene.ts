import type { SceneFacts } from '../scene-facts.ts';
import { code, walkBlocks } from './blocks.ts';
import { MAX_DNA_BYTES, parseDna } from './dna.ts';
import { HEADER_BYTES, parseHeader } from './header.ts';
import { references } from './references.ts';
import { readRows } from './rows.ts';
import { sceneFacts } from './scene.ts';
import { scripts } from './scripts.ts';
import { simulations } from './simulations.ts';
import { type ByteSource, createWindow, damaged, type Inflate, type Window } from './source.ts';
import { wantedOf } from './wanted.ts';
import { createZstdSource, isZstd } from './zstd.ts';

export interface ReadOptions {
  /**
   * How much is read at once. Small is fast on a local disk, where most of a big scene is skipped; large
   * saves round trips to an object store.
   */
  readonly readAheadBytes: number;
}

/** A compressed scene may inflate this far: generous for real scenes, and the end of a decompression bomb. */
const MAX_RATIO = 200;
const ALWAYS_ALLOWED_BYTES = 64 * 2 ** 20;
const MAX_INFLATED_BYTES = 16 * 2 ** 30;
const DNA1 = code('DNA1');

/**
 * What a scene file says of itself, read without Blender: the headers of its blocks, and of the contents
 * only what is asked for. Throws INVALID_SCENE for what is no whole `.blend`, UNSUPPORTED_SCENE for one of
 * an unknown make. Memory follows the number of blocks, never the size of the scene.
 */
export const readScene = async (
  source: ByteSource,
  inflate: Inflate,
  options: ReadOptions,
): Promise<SceneFacts> => {
  const { compression, plain } = await openPlain(source, inflate);
  const window = createWindow(plain, options.readAheadBytes);
  const header = parseHeader(await bytesAt(window, 0, Math.min(HEADER_BYTES, window.size)));
  const blocks = await walkBlocks(window, header);
  const dnaBlock = blocks.codes.subarray(0, blocks.count).indexOf(DNA1);
  if (dnaBlock < 0) throw damaged(window.size, 'the description of its structs (block DNA1) is missing');
  const dnaOffset = blocks.offsets[dnaBlock]!;
  const dnaLength = blocks.lengths[dnaBlock]!;
  if (dnaLength > MAX_DNA_BYTES) throw damaged(dnaOffset, `block DNA1 has ${dnaLength} bytes`);
  const dna = parseDna(
    await bytesAt(window, dnaOffset, dnaLength),
    dnaOffset,
    header.littleEndian,
    header.pointerBytes,
  );
  const rows = await readRows(window, header, blocks, dna, wantedOf(header.version));
  return {
    compression,
    savedBy: { major: Math.floor(header.version / 100), minor: header.version % 100 },
    ...sceneFacts(rows),
    simulations: simulations(rows),
    scripts: scripts(rows),
    references: references(rows),
  };
};

const openPlain = async (
  source: ByteSource,
  inflate: Inflate,
): Promise<{ compression: SceneFacts['compression']; plain: ByteSource }> => {
  const start = await source.read(0, Math.min(4, source.size));
  const allowed = Math.max(ALWAYS_ALLOWED_BYTES, source.size * MAX_RATIO);
  const maxBytes = Math.min(allowed, MAX_INFLATED_BYTES);
  if (start[0] === 0x1f && start[1] === 0x8b)
    return { compression: 'gzip', plain: await inflate.gzip(source, maxBytes) };
  const magic = start.length < 4 ? 0 : new DataView(start.buffer, start.byteOffset, 4).getUint32(0, true);
  if (isZstd(magic)) return { compression: 'zstd', plain: await createZstdSource(source, inflate, maxBytes) };
  return { compression: 'none', plain: source };
};

const bytesAt = async (window: Window, offset: number, length: number): Promise<Uint8Array> => {
  if (!window.holds(offset, length)) await window.load(offset, length);
  const view = window.view();
  return new Uint8Array(view.buffer, view.byteOffset + offset - window.start(), length).slice();
};
