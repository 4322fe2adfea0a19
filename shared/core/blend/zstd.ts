import { Fault } from '../fault.ts';
import { type ByteSource, createWindow, damaged, type Inflate, tooBig, type Window } from './source.ts';

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SEEK_TABLE_MAGIC = 0x8f92eab1;
/** Blender writes frames of about 1 MB; anything near this was not written by Blender. */
const MAX_FRAME_BYTES = 256 * 2 ** 20;
const MAX_FRAMES = 2 ** 17;
/** Inflated frames kept, so that a second look at the same places costs nothing. */
const KEPT_BYTES = 48 * 2 ** 20;

export const isZstd = (magic: number): boolean =>
  magic === FRAME_MAGIC || (magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC;

interface Frame {
  readonly offset: number;
  readonly length: number;
  readonly inflatedOffset: number;
  readonly inflatedLength: number;
}

/**
 * A zstd file as random-access bytes: only the frames that are asked for are inflated.
 * Why by hand: Node's zlib stops silently after the first frame, and Blender writes one frame a megabyte,
 * with a seek table in a trailing skippable frame (zstd's seekable format; RFC 8878 for the frames).
 */
export const createZstdSource = async (
  source: ByteSource,
  inflate: Inflate,
  maxBytes: number,
): Promise<ByteSource> => {
  const frames = (await readSeekTable(source)) ?? (await walkFrames(source, inflate, maxBytes));
  const last = frames.at(-1);
  const size = last ? last.inflatedOffset + last.inflatedLength : 0;
  if (size > maxBytes) throw tooBig(size, maxBytes);
  return frameSource(source, inflate, frames, size);
};

const frameSource = (
  source: ByteSource,
  inflate: Inflate,
  frames: readonly Frame[],
  size: number,
): ByteSource => {
  const kept = new Map<Frame, Uint8Array>();
  let keptBytes = 0;
  const open = async (frame: Frame): Promise<Uint8Array> => {
    const held = kept.get(frame);
    if (held) return held;
    const bytes = await inflateFrame(
      await source.read(frame.offset, frame.length),
      frame,
      inflate,
      frame.inflatedLength,
    );
    if (bytes.length !== frame.inflatedLength)
      throw damaged(frame.offset, `a zstd frame holds ${bytes.length} bytes, not ${frame.inflatedLength}`);
    kept.set(frame, bytes);
    keptBytes += bytes.length;
    for (const [oldest, old] of kept) {
      if (keptBytes <= KEPT_BYTES || oldest === frame) break;
      kept.delete(oldest);
      keptBytes -= old.length;
    }
    return bytes;
  };
  return {
    size,
    async read(offset, length) {
      let index = frameAt(frames, offset);
      const first = frames[index]!;
      const within = offset - first.inflatedOffset;
      const whole = await open(first);
      if (within + length <= whole.length) return whole.subarray(within, within + length);
      const bytes = new Uint8Array(length);
      let filled = 0;
      for (; filled < length; index += 1) {
        const frame = frames[index]!;
        const from = offset + filled - frame.inflatedOffset;
        const part = (await open(frame)).subarray(from, from + length - filled);
        bytes.set(part, filled);
        filled += part.length;
      }
      return bytes;
    },
  };
};

const frameAt = (frames: readonly Frame[], offset: number): number => {
  let low = 0;
  let high = frames.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (frames[middle]!.inflatedOffset <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
};

const inflateFrame = async (
  bytes: Uint8Array,
  { offset, length }: { offset: number; length: number },
  inflate: Inflate,
  maxBytes: number,
): Promise<Uint8Array> => {
  if (bytes.length !== length) throw damaged(offset, `only ${bytes.length} of ${length} bytes can be read`);
  try {
    return await inflate.zstdFrame(bytes, maxBytes);
  } catch (cause) {
    throw new Fault('INVALID_SCENE', damaged(offset, 'a zstd frame cannot be inflated').message, {
      cause,
      details: { offset },
    });
  }
};

/** The frames as the seek table tells them; `undefined` when there is none that fits the file. */
const readSeekTable = async (source: ByteSource): Promise<Frame[] | undefined> => {
  if (source.size < 17) return undefined;
  const footer = viewOf(await source.read(source.size - 9, 9));
  if (footer.byteLength < 9 || footer.getUint32(5, true) !== SEEK_TABLE_MAGIC) return undefined;
  const count = footer.getUint32(0, true);
  const entryBytes = (footer.getUint8(4) & 0x80) === 0 ? 8 : 12;
  const tableBytes = count * entryBytes + 9;
  const tableOffset = source.size - tableBytes;
  if (count > MAX_FRAMES || tableOffset < 8) return undefined;
  const table = viewOf(await source.read(tableOffset, tableBytes));
  if (table.byteLength < tableBytes) return undefined;
  const frames: Frame[] = [];
  let offset = 0;
  let inflatedOffset = 0;
  for (let index = 0; index < count; index += 1) {
    const length = table.getUint32(index * entryBytes, true);
    const inflatedLength = table.getUint32(index * entryBytes + 4, true);
    refuseHuge(offset, Math.max(length, inflatedLength));
    if (inflatedLength > 0) frames.push({ offset, length, inflatedOffset, inflatedLength });
    offset += length;
    inflatedOffset += inflatedLength;
  }
  // The table's own skippable frame follows the data: header of 8 bytes, then the table.
  return offset === tableOffset - 8 ? frames : undefined;
};

const refuseHuge = (offset: number, size: number): void => {
  if (size <= MAX_FRAME_BYTES) return;
  throw new Fault(
    'INVALID_SCENE',
    `The zstd frame at byte ${offset} holds ${size} bytes: too big to be read in pieces. ` +
      'Save the scene again in Blender.',
    { details: { offset, size } },
  );
};

/** The frames as their headers tell them, block by block (RFC 8878, section 3.1). */
const walkFrames = async (source: ByteSource, inflate: Inflate, maxBytes: number): Promise<Frame[]> => {
  const window = createWindow(source, 4096);
  const frames: Frame[] = [];
  let offset = 0;
  let inflatedOffset = 0;
  while (offset < source.size) {
    if (frames.length >= MAX_FRAMES) throw damaged(offset, `more than ${MAX_FRAMES} zstd frames`);
    const magic = await number(window, offset, 4);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      offset += 8 + (await number(window, offset + 4, 4));
      continue;
    }
    if (magic !== FRAME_MAGIC) throw damaged(offset, 'no zstd frame starts here');
    const { length, inflatedLength } = await measureFrame(window, offset, inflate, source);
    refuseHuge(offset, inflatedLength);
    if (inflatedLength > 0) frames.push({ offset, length, inflatedOffset, inflatedLength });
    offset += length;
    inflatedOffset += inflatedLength;
    if (inflatedOffset > maxBytes) throw tooBig(inflatedOffset, maxBytes);
  }
  return frames;
};

const measureFrame = async (
  window: Window,
  start: number,
  inflate: Inflate,
  source: ByteSource,
): Promise<{ length: number; inflatedLength: number }> => {
  const descriptor = await number(window, start + 4, 1);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? Number(isSingleSegment) : 2 ** sizeFlag;
  const sizeOffset = start + 5 + (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  let offset = sizeOffset + sizeBytes;
  for (let isLast = false; !isLast; ) {
    const header = await number(window, offset, 3);
    isLast = (header & 1) === 1;
    // A run-length block stores one byte, whatever its size.
    offset += 3 + (((header >> 1) & 3) === 1 ? 1 : header >>> 3);
  }
  const length = offset + ((descriptor & 4) === 0 ? 0 : 4) - start;
  if (start + length > source.size) throw damaged(start, 'a zstd frame is cut short');
  refuseHuge(start, length);
  if (sizeBytes > 0) {
    const stored = await number(window, sizeOffset, sizeBytes);
    return { length, inflatedLength: sizeBytes === 2 ? stored + 256 : stored };
  }
  const bytes = await source.read(start, length);
  return {
    length,
    inflatedLength: (await inflateFrame(bytes, { offset: start, length }, inflate, MAX_FRAME_BYTES)).length,
  };
};

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A little-endian number of 1 to 8 bytes. */
const number = async (window: Window, offset: number, bytes: number): Promise<number> => {
  if (!window.holds(offset, bytes)) await window.load(offset, bytes);
  const view = window.view();
  let value = 0;
  for (let index = bytes - 1; index >= 0; index -= 1)
    value = value * 256 + view.getUint8(offset - window.start() + index);
  return value;
};
