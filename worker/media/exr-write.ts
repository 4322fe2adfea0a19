import { packLines } from './exr-codec.ts';
import {
  EXR_COMPRESSIONS,
  type ExrAttribute,
  type ExrChannel,
  LINES_PER_CHUNK,
  SAMPLE_BYTES,
} from './exr-header.ts';

export interface ExrSource {
  /** In alphabetical order, as the format wants them. */
  readonly channels: readonly ExrChannel[];
  readonly width: number;
  readonly height: number;
  /** As `unpackLines` gives them. */
  readonly lines: Uint8Array;
  /** Kept as they are, except those that say how the image is stored. */
  readonly attributes: readonly ExrAttribute[];
  readonly compression: 'none' | 'zip';
}

const SAMPLE_CODES = { uint: 0, half: 1, float: 2 } as const;
const OWN = ['channels', 'compression', 'dataWindow', 'displayWindow', 'lineOrder', 'tiles', 'chunkCount'];

const int32 = (...values: number[]) => new Uint8Array(Int32Array.from(values).buffer);
const float32 = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

function channelList(channels: readonly ExrChannel[]): Uint8Array {
  const entries = channels.map(({ name, type }) =>
    Buffer.concat([Buffer.from(`${name}\0`), int32(SAMPLE_CODES[type], 0, 1, 1)]),
  );
  return Buffer.concat([...entries, Buffer.of(0)]);
}

function headerBytes(source: ExrSource, chunks: number): Uint8Array {
  const { width, height } = source;
  const box = int32(0, 0, width - 1, height - 1);
  const kept = source.attributes.filter(({ name }) => !OWN.includes(name));
  const defaults: ExrAttribute[] = [
    { name: 'pixelAspectRatio', type: 'float', value: float32(1) },
    { name: 'screenWindowCenter', type: 'v2f', value: float32(0, 0) },
    { name: 'screenWindowWidth', type: 'float', value: float32(1) },
  ];
  const attributes: ExrAttribute[] = [
    { name: 'channels', type: 'chlist', value: channelList(source.channels) },
    {
      name: 'compression',
      type: 'compression',
      value: Uint8Array.of(EXR_COMPRESSIONS.indexOf(source.compression)),
    },
    { name: 'dataWindow', type: 'box2i', value: box },
    { name: 'displayWindow', type: 'box2i', value: box },
    { name: 'lineOrder', type: 'lineOrder', value: Uint8Array.of(0) },
    // Parts of a multi-part file must say how many chunks they have; single-part files may not care.
    ...(kept.some(({ name }) => name === 'type')
      ? [{ name: 'chunkCount', type: 'int', value: int32(chunks) }]
      : []),
    ...defaults.filter(({ name }) => !kept.some((attribute) => attribute.name === name)),
    ...kept,
  ];
  const written = attributes.map(({ name, type, value }) =>
    Buffer.concat([Buffer.from(`${name}\0${type}\0`), int32(value.byteLength), value]),
  );
  return Buffer.concat([...written, Buffer.of(0)]);
}

/** A scan-line OpenEXR file with one part, or with several when more are given. */
export function writeExr(sources: readonly ExrSource[]): Uint8Array {
  const multiPart = sources.length > 1;
  const packed = sources.map(({ channels, width, height, lines, compression }) => {
    const lineBytes = width * channels.reduce((sum, { type }) => sum + SAMPLE_BYTES[type], 0);
    const step = LINES_PER_CHUNK[compression];
    return Array.from({ length: Math.ceil(height / step) }, (_, i) => {
      const some = lines.subarray(i * step * lineBytes, Math.min(height, (i + 1) * step) * lineBytes);
      return { line: i * step, bytes: compression === 'zip' ? packLines(some) : some };
    });
  });
  const headers = sources.map((source, i) => headerBytes(source, packed[i]!.length));
  const longNames = sources.some(({ channels, attributes }) =>
    [...channels, ...attributes].some(({ name }) => Buffer.byteLength(name) > 31),
  );
  const version = 2 | (longNames ? 0x400 : 0) | (multiPart ? 0x1000 : 0);
  const head = Buffer.concat([int32(0x01312f76, version), ...headers, ...(multiPart ? [Buffer.of(0)] : [])]);
  const chunks = packed.flatMap((list, part) =>
    list.map(({ line, bytes }) => ({
      prefix: multiPart ? int32(part, line, bytes.byteLength) : int32(line, bytes.byteLength),
      bytes,
    })),
  );
  const table = new BigUint64Array(chunks.length);
  let offset = head.byteLength + table.byteLength;
  for (const [i, { prefix, bytes }] of chunks.entries()) {
    table[i] = BigInt(offset);
    offset += prefix.byteLength + bytes.byteLength;
  }
  return Buffer.concat([
    head,
    new Uint8Array(table.buffer),
    ...chunks.flatMap(({ prefix, bytes }) => [prefix, bytes]),
  ]);
}
