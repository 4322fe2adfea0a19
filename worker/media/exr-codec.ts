import { deflateSync, inflateSync } from 'node:zlib';
import { Fault } from '#shared/core/fault.ts';
import { type ExrCompression, type ExrPart, SAMPLE_BYTES } from './exr-header.ts';
import { unpackPiz } from './exr-piz.ts';

const broken = (what: string) => new Fault('BROKEN_FRAME', `OpenEXR file does not decode: ${what}`);

/** Compressions that are decoded here, exactly; the rest (B44, DWA) is lossy and left to ffmpeg. */
export const isOwnCompression = (compression: ExrCompression): boolean =>
  !['b44', 'b44a', 'dwaa', 'dwab'].includes(compression);

function inflate(packed: Uint8Array, size: number, where: string): Uint8Array {
  try {
    const bytes = inflateSync(packed, { maxOutputLength: size });
    if (bytes.byteLength === size) return bytes;
    throw broken(`${where} unpacks to ${bytes.byteLength} bytes, expected ${size}`);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw broken(`${where}: ${(error as Error).message}`);
  }
}

/** Undoes the byte predictor, then the split into even and odd bytes. */
function unpredict(source: Uint8Array): Uint8Array {
  const size = source.length;
  const out = new Uint8Array(size);
  const half = (size + 1) >> 1;
  let value = 128;
  for (let i = 0, at = 0; i < half; i += 1, at += 2) {
    value = (value + source[i]! - 128) & 255;
    out[at] = value;
  }
  for (let i = half, at = 1; i < size; i += 1, at += 2) {
    value = (value + source[i]! - 128) & 255;
    out[at] = value;
  }
  return out;
}

function predict(bytes: Uint8Array): Uint8Array {
  const size = bytes.length;
  const out = new Uint8Array(size);
  const half = (size + 1) >> 1;
  let previous = 128;
  for (let i = 0; i < size; i += 1) {
    const value = bytes[i < half ? i * 2 : (i - half) * 2 + 1]!;
    out[i] = (value - previous + 128) & 255;
    previous = value;
  }
  return out;
}

function unpackRle(packed: Uint8Array, size: number, where: string): Uint8Array {
  const out = new Uint8Array(size);
  let to = 0;
  for (let at = 0; at < packed.length; ) {
    const count = (packed[at]! << 24) >> 24;
    const run = count < 0 ? -count : count + 1;
    if (to + run > size) throw broken(`${where} unpacks to more than ${size} bytes`);
    if (count < 0) {
      if (at + 1 + run > packed.length) throw broken(`${where} ends inside a run`);
      out.set(packed.subarray(at + 1, at + 1 + run), to);
      at += 1 + run;
    } else {
      if (at + 1 >= packed.length) throw broken(`${where} ends inside a run`);
      out.fill(packed[at + 1]!, to, to + run);
      at += 2;
    }
    to += run;
  }
  if (to !== size) throw broken(`${where} unpacks to ${to} bytes, expected ${size}`);
  return out;
}

/** PXR24 keeps the upper 24 bits of floats as byte planes of differences, one row and channel at a time. */
function unpackPxr24(packed: Uint8Array, part: ExrPart, lines: number, where: string): Uint8Array {
  const { width, channels, lineBytes } = part;
  const planesOf = { uint: 4, half: 2, float: 3 } as const;
  const planeBytes = channels.reduce((sum, { type }) => sum + planesOf[type], 0) * width;
  const source = inflate(packed, planeBytes * lines, where);
  const out = new Uint8Array(lineBytes * lines);
  const view = new DataView(out.buffer);
  let [from, to] = [0, 0];
  for (let line = 0; line < lines; line += 1) {
    for (const { type } of channels) {
      const planes = planesOf[type];
      let value = 0;
      for (let x = 0; x < width; x += 1) {
        let difference = 0;
        for (let plane = 0; plane < planes; plane += 1) {
          difference = (difference << 8) | source[from + plane * width + x]!;
        }
        value = (value + (type === 'float' ? difference << 8 : difference)) | 0;
        if (type === 'half') view.setUint16(to, value & 0xffff, true);
        else view.setUint32(to, value >>> 0, true);
        to += SAMPLE_BYTES[type];
      }
      from += planes * width;
    }
  }
  return out;
}

/**
 * The scan lines of one chunk: line after line, in each line channel after channel, samples little
 * endian. That is the layout of an uncompressed file, so the bytes do not depend on the compression.
 */
export function unpackLines(packed: Uint8Array, part: ExrPart, line: number, lines: number): Uint8Array {
  const size = part.lineBytes * lines;
  const where = `lines ${line} to ${line + lines - 1}`;
  // What does not get smaller is stored as it is.
  if (packed.byteLength === size) return packed;
  switch (part.compression) {
    case 'none':
      throw broken(`${where} have ${packed.byteLength} bytes, expected ${size}`);
    case 'rle':
      return unpredict(unpackRle(packed, size, where));
    case 'zips':
    case 'zip':
      return unpredict(inflate(packed, size, where));
    case 'pxr24':
      return unpackPxr24(packed, part, lines, where);
    case 'piz':
      return unpackPiz(packed, part, lines, where);
    default:
      throw new Fault('BROKEN_FRAME', `${part.compression} compression cannot be decoded exactly`);
  }
}

/** OpenEXR's own level for ZIP (exr_set_default_zip_compression_level). */
const ZIP_LEVEL = 4;

/** Packs scan lines for a `zip` file; smaller or unchanged. */
export function packLines(lines: Uint8Array): Uint8Array {
  const packed = deflateSync(predict(lines), { level: ZIP_LEVEL });
  return packed.byteLength < lines.byteLength ? packed : lines;
}
