import { brokenRaster, checkClaim, type Raster } from './raster.ts';

/** Decodes an uncompressed 24 or 32 bit Windows bitmap, which is what renderers write. */
export function decodeBmp(bytes: Uint8Array): Raster {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 54) throw brokenRaster('BMP', `it has only ${bytes.byteLength} bytes`);
  if (view.getUint16(0) !== 0x424d) throw brokenRaster('BMP', 'it does not start as one');
  const offset = view.getUint32(10, true);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  const channels = view.getUint16(28, true) / 8;
  const compression = view.getUint32(30, true);
  checkClaim('BMP', width, height);
  if ((channels !== 3 && channels !== 4) || (compression !== 0 && compression !== 3)) {
    throw brokenRaster(
      'BMP',
      `${channels * 8} bits a pixel, compression ${compression}: expected 24 or 32, plain`,
    );
  }
  const row = Math.ceil((width * channels) / 4) * 4;
  const end = offset + row * height;
  if (end > bytes.byteLength) {
    throw brokenRaster('BMP', `truncated at byte ${bytes.byteLength} of ${end}`);
  }
  const data = new Uint8Array(width * height * channels);
  for (let y = 0, to = 0; y < height; y += 1) {
    // A positive height means rows from the bottom.
    let at = offset + row * (signedHeight > 0 ? height - 1 - y : y);
    for (let x = 0; x < width; x += 1, at += channels, to += channels) {
      data[to] = bytes[at + 2]!;
      data[to + 1] = bytes[at + 1]!;
      data[to + 2] = bytes[at]!;
      if (channels === 4) data[to + 3] = bytes[at + 3]!;
    }
  }
  return { width, height, channels, depth: 8, data };
}
