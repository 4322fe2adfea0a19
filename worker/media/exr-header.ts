import { Fault } from '#shared/core/fault.ts';

export const EXR_COMPRESSIONS = [
  'none',
  'rle',
  'zips',
  'zip',
  'piz',
  'pxr24',
  'b44',
  'b44a',
  'dwaa',
  'dwab',
] as const;
export type ExrCompression = (typeof EXR_COMPRESSIONS)[number];

/** Scan lines in one chunk; https://openexr.com/en/latest/OpenEXRFileLayout.html */
export const LINES_PER_CHUNK: Readonly<Record<ExrCompression, number>> = {
  none: 1,
  rle: 1,
  zips: 1,
  zip: 16,
  piz: 32,
  pxr24: 16,
  b44: 32,
  b44a: 32,
  dwaa: 32,
  dwab: 256,
};

const SAMPLE_TYPES = ['uint', 'half', 'float'] as const;
export type SampleType = (typeof SAMPLE_TYPES)[number];
export const SAMPLE_BYTES: Readonly<Record<SampleType, number>> = { uint: 4, half: 2, float: 4 };

export interface ExrChannel {
  readonly name: string;
  readonly type: SampleType;
}

/** As stored; unknown attributes are kept byte for byte. */
export interface ExrAttribute {
  readonly name: string;
  readonly type: string;
  readonly value: Uint8Array;
}

export interface ExrPart {
  /** In the order of the file, which is alphabetical. */
  readonly channels: readonly ExrChannel[];
  readonly compression: ExrCompression;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Bytes of one scan line, all channels. */
  readonly lineBytes: number;
  readonly attributes: readonly ExrAttribute[];
}

export interface ExrHeader {
  readonly parts: readonly ExrPart[];
  readonly multiPart: boolean;
  /** Where the header ends and the tables of chunk offsets begin. */
  readonly end: number;
}

const MAGIC = 0x01312f76;
const FLAG = { tiled: 0x200, nonImage: 0x800, multiPart: 0x1000 } as const;
const MAX_SIDE = 1 << 20;

const broken = (what: string) => new Fault('BROKEN_FRAME', `not a complete OpenEXR file: ${what}`);

interface Cursor {
  readonly view: DataView;
  at: number;
}

function text(cursor: Cursor): string {
  const { view } = cursor;
  const start = cursor.at;
  // Names are at most 255 bytes; anything longer is garbage, not worth scanning the file for.
  while (cursor.at < view.byteLength && cursor.at - start <= 255 && view.getUint8(cursor.at) !== 0)
    cursor.at += 1;
  if (cursor.at >= view.byteLength) throw broken(`truncated in its header at byte ${cursor.at}`);
  if (cursor.at - start > 255) throw broken(`a name longer than 255 bytes at byte ${start}`);
  const bytes = new Uint8Array(view.buffer, view.byteOffset + start, cursor.at - start);
  cursor.at += 1;
  return Buffer.from(bytes).toString('utf8');
}

function readAttributes(cursor: Cursor): ExrAttribute[] {
  const { view } = cursor;
  const attributes: ExrAttribute[] = [];
  for (;;) {
    const name = text(cursor);
    if (name === '') return attributes;
    const type = text(cursor);
    if (cursor.at + 4 > view.byteLength) throw broken(`truncated in attribute ${name}`);
    const size = view.getInt32(cursor.at, true);
    cursor.at += 4;
    if (size < 0 || cursor.at + size > view.byteLength) throw broken(`truncated in attribute ${name}`);
    attributes.push({ name, type, value: new Uint8Array(view.buffer, view.byteOffset + cursor.at, size) });
    cursor.at += size;
  }
}

function readChannels(value: Uint8Array): ExrChannel[] {
  const cursor = { view: new DataView(value.buffer, value.byteOffset, value.byteLength), at: 0 };
  const channels: ExrChannel[] = [];
  for (;;) {
    const name = text(cursor);
    if (name === '') break;
    if (cursor.at + 16 > value.byteLength) throw broken(`truncated in channel ${name}`);
    const type = SAMPLE_TYPES[cursor.view.getInt32(cursor.at, true)];
    if (!type) throw broken(`channel ${name} has an unknown sample type`);
    const sampling = [cursor.view.getInt32(cursor.at + 8, true), cursor.view.getInt32(cursor.at + 12, true)];
    if (sampling[0] !== 1 || sampling[1] !== 1) throw broken(`channel ${name} is subsampled`);
    cursor.at += 16;
    channels.push({ name, type });
  }
  if (channels.length === 0) throw broken('it has no channels');
  return channels;
}

function toPart(attributes: readonly ExrAttribute[]): ExrPart {
  const find = (name: string, size: number): DataView => {
    const value = attributes.find((attribute) => attribute.name === name)?.value;
    if (!value || value.byteLength < size) throw broken(`the attribute ${name} is missing`);
    return new DataView(value.buffer, value.byteOffset, value.byteLength);
  };
  const window = find('dataWindow', 16);
  const [left, top] = [window.getInt32(0, true), window.getInt32(4, true)];
  const width = window.getInt32(8, true) - left + 1;
  const height = window.getInt32(12, true) - top + 1;
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE)
    throw broken(`its size is ${width}x${height}`);
  const compression = EXR_COMPRESSIONS[find('compression', 1).getUint8(0)];
  if (!compression) throw broken('its compression is unknown');
  const list = find('channels', 1);
  const channels = readChannels(new Uint8Array(list.buffer, list.byteOffset, list.byteLength));
  const lineBytes = width * channels.reduce((sum, { type }) => sum + SAMPLE_BYTES[type], 0);
  return { channels, compression, left, top, width, height, lineBytes, attributes };
}

/**
 * Reads the header of a scan-line OpenEXR file, with one part or several; BROKEN_FRAME for what is none.
 * Tiled and deep files are refused: no renderer here writes them as frames.
 */
export function readExrHeader(bytes: Uint8Array): ExrHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 8) throw broken(`it has only ${bytes.byteLength} bytes`);
  if (view.getUint32(0, true) !== MAGIC) throw broken('it does not start as one');
  const flags = view.getUint32(4, true);
  if ((flags & 0xff) !== 2) throw broken(`version ${flags & 0xff} is unknown`);
  if (flags & (FLAG.tiled | FLAG.nonImage)) throw broken('it is tiled or deep, expected scan lines');
  const multiPart = (flags & FLAG.multiPart) !== 0;
  const cursor: Cursor = { view, at: 8 };
  const parts = [toPart(readAttributes(cursor))];
  while (multiPart) {
    const attributes = readAttributes(cursor);
    if (attributes.length === 0) break;
    parts.push(toPart(attributes));
  }
  return { parts, multiPart, end: cursor.at };
}
