import { brokenRaster, checkClaim, type Raster } from './raster.ts';

const CHANNELS: Readonly<Record<number, number>> = { 6: 1, 50: 3, 51: 4 };

interface Layout {
  readonly view: DataView;
  readonly little: boolean;
  readonly offset: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly depth: 8 | 10 | 12 | 16;
  /** Bits left of a 10 or 12 bit sample within its word (SMPTE 268M: method A fills from the left). */
  readonly methodA: boolean;
}

function readLayout(bytes: Uint8Array): Layout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 2048) throw brokenRaster('DPX', `it has only ${bytes.byteLength} bytes`);
  const magic = view.getUint32(0);
  if (magic !== 0x53445058 && magic !== 0x58504453) throw brokenRaster('DPX', 'it does not start as one');
  const little = magic === 0x58504453;
  const [width, height] = [view.getUint32(772, little), view.getUint32(776, little)];
  const [descriptor, depth] = [view.getUint8(800), view.getUint8(803)];
  const [packing, encoding] = [view.getUint16(804, little), view.getUint16(806, little)];
  checkClaim('DPX', width, height);
  const channels = CHANNELS[descriptor];
  if (!channels || (depth !== 8 && depth !== 10 && depth !== 12 && depth !== 16) || encoding !== 0) {
    throw brokenRaster(
      'DPX',
      `descriptor ${descriptor}, ${depth} bits, encoding ${encoding}: not one that renderers write`,
    );
  }
  if ((depth === 10 || depth === 12) && packing === 0)
    throw brokenRaster('DPX', 'packed samples, expected filled words');
  const offset = view.getUint32(808, little) || view.getUint32(4, little);
  return { view, little, offset, width, height, channels, depth, methodA: packing === 1 };
}

const rowBytes = ({ depth, width, channels }: Layout): number => {
  const samples = width * channels;
  if (depth === 10) return Math.ceil(samples / 3) * 4;
  return depth === 8 ? Math.ceil(samples / 4) * 4 : samples * 2;
};

function sample({ view, little, depth, methodA }: Layout, row: number, i: number): number {
  if (depth === 16) return view.getUint16(row + i * 2, little);
  if (depth === 12) {
    const word = view.getUint16(row + i * 2, little);
    return methodA ? word >>> 4 : word & 0xfff;
  }
  const word = view.getUint32(row + Math.floor(i / 3) * 4, little);
  return (word >>> ((2 - (i % 3)) * 10 + (methodA ? 2 : 0))) & 0x3ff;
}

/** Decodes a DPX picture with one RGB, RGBA or luma element of 8, 10, 12 or 16 bits. */
export function decodeDpx(bytes: Uint8Array): Raster {
  const layout = readLayout(bytes);
  const { offset, width, height, channels, depth } = layout;
  const row = rowBytes(layout);
  const end = offset + row * height;
  if (end > bytes.byteLength) throw brokenRaster('DPX', `truncated at byte ${bytes.byteLength} of ${end}`);
  const samples = width * channels;
  if (depth === 8) {
    const data = new Uint8Array(samples * height);
    for (let y = 0; y < height; y += 1) {
      data.set(bytes.subarray(offset + y * row, offset + y * row + samples), y * samples);
    }
    return { width, height, channels, depth, data };
  }
  const values = new Uint16Array(samples * height);
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let i = 0; i < samples; i += 1, to += 1) values[to] = sample(layout, offset + y * row, i);
  }
  return { width, height, channels, depth, data: new Uint8Array(values.buffer) };
}
