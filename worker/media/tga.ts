import { brokenRaster, checkClaim, type Raster } from './raster.ts';

function unpackRuns(bytes: Uint8Array, start: number, size: number, channels: number): Uint8Array {
  const out = new Uint8Array(size);
  let at = start;
  let to = 0;
  while (to < size) {
    const head = bytes[at];
    if (head === undefined) throw brokenRaster('TGA', `truncated at byte ${bytes.byteLength}`);
    const count = ((head & 127) + 1) * channels;
    const packed = head & 128 ? channels : count;
    if (at + 1 + packed > bytes.byteLength) {
      throw brokenRaster('TGA', `truncated at byte ${bytes.byteLength}`);
    }
    if (to + count > size) throw brokenRaster('TGA', 'a run goes beyond the picture');
    const pixels = bytes.subarray(at + 1, at + 1 + packed);
    for (let i = 0; i < count; i += packed) out.set(pixels, to + i);
    at += 1 + packed;
    to += count;
  }
  return out;
}

/** Decodes a Targa file: true colour or grey, plain or run-length packed. */
export function decodeTga(bytes: Uint8Array): Raster {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 18) throw brokenRaster('TGA', `it has only ${bytes.byteLength} bytes`);
  const type = view.getUint8(2);
  const [width, height] = [view.getUint16(12, true), view.getUint16(14, true)];
  const channels = view.getUint8(16) / 8;
  const grey = type === 3 || type === 11;
  if (!(grey ? channels === 1 : (type === 2 || type === 10) && (channels === 3 || channels === 4))) {
    throw brokenRaster(
      'TGA',
      `type ${type} with ${channels * 8} bits a pixel is not one that renderers write`,
    );
  }
  checkClaim('TGA', width, height);
  const start = 18 + view.getUint8(0);
  const size = width * height * channels;
  // The tightest packing spends one byte and one pixel on 128 pixels.
  const least = type >= 10 ? Math.ceil((width * height) / 128) * (channels + 1) : size;
  if (start + least > bytes.byteLength) throw brokenRaster('TGA', `truncated at byte ${bytes.byteLength}`);
  const stored = type >= 10 ? unpackRuns(bytes, start, size, channels) : bytes.subarray(start, start + size);
  const fromTop = (view.getUint8(17) & 0x20) !== 0;
  const data = new Uint8Array(size);
  const row = width * channels;
  for (let y = 0, to = 0; y < height; y += 1) {
    let at = row * (fromTop ? y : height - 1 - y);
    for (let x = 0; x < width; x += 1, at += channels, to += channels) {
      data[to] = stored[at + (grey ? 0 : 2)]!;
      if (grey) continue;
      data[to + 1] = stored[at + 1]!;
      data[to + 2] = stored[at]!;
      if (channels === 4) data[to + 3] = stored[at + 3]!;
    }
  }
  return { width, height, channels, depth: 8, data };
}
