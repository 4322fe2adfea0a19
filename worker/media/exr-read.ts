import { readChunks } from './exr-chunks.ts';
import { unpackLines } from './exr-codec.ts';
import { type ExrPart, readExrHeader, SAMPLE_BYTES } from './exr-header.ts';
import { halfTable } from './half.ts';

/** One part, decoded: `lines` as an uncompressed file stores them (see `unpackLines`). */
export interface ExrImage {
  readonly part: ExrPart;
  readonly lines: Uint8Array;
}

/** Reads every part of an OpenEXR file; BROKEN_FRAME when anything of it is missing or does not decode. */
export function readExr(bytes: Uint8Array): readonly ExrImage[] {
  const header = readExrHeader(bytes);
  const images: { part: ExrPart; lines: Uint8Array | undefined }[] = header.parts.map((part) => ({
    part,
    lines: undefined,
  }));
  for (const chunk of readChunks(bytes, header)) {
    const image = images[chunk.part]!;
    const { part } = image;
    const lines = unpackLines(chunk.packed, part, chunk.line, chunk.lines);
    // Only once a chunk was found whole: a header alone must not make us allocate what it claims.
    image.lines ??= new Uint8Array(part.lineBytes * part.height);
    image.lines.set(lines, chunk.line * part.lineBytes);
  }
  return images.map(({ part, lines }) => ({ part, lines: lines ?? new Uint8Array(0) }));
}

/** The samples of one channel as floats, row after row. */
export function channelValues({ part, lines }: ExrImage, name: string): Float32Array | undefined {
  const { width, height, lineBytes, channels } = part;
  const index = channels.findIndex((channel) => channel.name === name);
  const channel = channels[index];
  if (!channel) return undefined;
  const before = channels.slice(0, index).reduce((sum, { type }) => sum + SAMPLE_BYTES[type], 0) * width;
  const view = new DataView(lines.buffer, lines.byteOffset, lines.byteLength);
  const halves = halfTable();
  const size = SAMPLE_BYTES[channel.type];
  const out = new Float32Array(width * height);
  for (let y = 0, to = 0; y < height; y += 1) {
    let at = y * lineBytes + before;
    for (let x = 0; x < width; x += 1, at += size, to += 1) {
      if (channel.type === 'half') out[to] = halves[view.getUint16(at, true)]!;
      else out[to] = channel.type === 'float' ? view.getFloat32(at, true) : view.getUint32(at, true);
    }
  }
  return out;
}
