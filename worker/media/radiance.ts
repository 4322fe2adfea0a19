import { brokenRaster, checkClaim, type Raster } from './raster.ts';

const truncated = (bytes: Uint8Array) => brokenRaster('HDR', `truncated at byte ${bytes.byteLength}`);

interface Start {
  readonly width: number;
  readonly height: number;
  readonly at: number;
}

function readStart(bytes: Uint8Array): Start {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 65536)).toString(
    'latin1',
  );
  if (!head.startsWith('#?')) throw brokenRaster('HDR', 'it does not start as one');
  const match = /\n\n-Y (\d{1,6}) \+X (\d{1,6})\n/.exec(head);
  if (!match) throw brokenRaster('HDR', 'its size line is missing');
  const [height, width] = [Number(match[1]), Number(match[2])];
  checkClaim('HDR', width, height);
  return { width, height, at: match.index + match[0].length };
}

/** One row of four byte planes, each packed in runs. Returns where the next row starts. */
function unpackRow(bytes: Uint8Array, from: number, width: number, out: Uint8Array, to: number): number {
  let at = from + 4;
  for (let plane = 0; plane < 4; plane += 1) {
    for (let x = 0; x < width; ) {
      const code = bytes[at];
      if (code === undefined) throw truncated(bytes);
      const count = code > 128 ? code - 128 : code;
      if (count === 0 || x + count > width) throw brokenRaster('HDR', 'a run goes beyond the row');
      if (at + 1 + (code > 128 ? 1 : count) > bytes.byteLength) throw truncated(bytes);
      for (let i = 0; i < count; i += 1) {
        out[to + (x + i) * 4 + plane] = bytes[at + 1 + (code > 128 ? 0 : i)]!;
      }
      at += 1 + (code > 128 ? 1 : count);
      x += count;
    }
  }
  return at;
}

/** Decodes a Radiance picture to its shared-exponent pixels (`channels` 3, `depth` 32, four bytes each). */
export function decodeRadiance(bytes: Uint8Array): Raster {
  const { width, height, at: start } = readStart(bytes);
  // A row packed in runs takes at least 4 + 8 bytes for 127 pixels; a flat one four bytes a pixel.
  if (start + height * Math.min(4 * width, 4 + 8 * Math.ceil(width / 127)) > bytes.byteLength)
    throw truncated(bytes);
  const data = new Uint8Array(width * height * 4);
  let at = start;
  for (let y = 0; y < height; y += 1) {
    const packed = bytes[at] === 2 && bytes[at + 1] === 2 && (bytes[at + 2]! << 8) + bytes[at + 3]! === width;
    if (packed) at = unpackRow(bytes, at, width, data, y * width * 4);
    else {
      if (at + width * 4 > bytes.byteLength) throw truncated(bytes);
      data.set(bytes.subarray(at, at + width * 4), y * width * 4);
      at += width * 4;
    }
  }
  return { width, height, channels: 3, depth: 32, data };
}

/** The linear value of one sample of a decoded Radiance pixel. */
export const radianceValue = (mantissa: number, exponent: number): number =>
  exponent === 0 ? 0 : mantissa * 2 ** (exponent - 136);
