import { Fault } from '#shared/core/fault.ts';
import { type ExrPart, SAMPLE_BYTES } from './exr-header.ts';
import { unpackHuffman } from './exr-huffman.ts';

const broken = (what: string) => new Fault('BROKEN_FRAME', `OpenEXR file does not decode: ${what}`);

/** One step back of the wavelet: an average and a difference become two values again. */
type Step = (values: Uint16Array, low: number, high: number) => void;

/** For values below 2^14, in plain signed arithmetic. */
const step14: Step = (values, low, high) => {
  const average = (values[low]! << 16) >> 16;
  const difference = (values[high]! << 16) >> 16;
  const a = average + (difference & 1) + (difference >> 1);
  values[low] = a;
  values[high] = a - difference;
};

/** For all 16 bits, modulo 2^16. */
const step16: Step = (values, low, high) => {
  const difference = values[high]!;
  const b = (values[low]! - (difference >> 1)) & 0xffff;
  values[high] = b;
  values[low] = (difference + b - 0x8000) & 0xffff;
};

interface Plane {
  readonly start: number;
  readonly width: number;
  readonly height: number;
  /** Values between neighbours in a row: 1 for halves, 2 for floats, whose halves are separate planes. */
  readonly stride: number;
}

function unwave(values: Uint16Array, { start, width, height, stride }: Plane, step: Step): void {
  const row = width * stride;
  let reach = 1;
  while (reach * 2 <= Math.min(width, height)) reach *= 2;
  for (let p = reach >> 1, p2 = reach; p >= 1; p2 = p, p >>= 1) {
    const [right, below] = [stride * p, row * p];
    let y = 0;
    for (; y <= height - p2; y += p2) {
      let at = start + y * row;
      for (let x = 0; x <= width - p2; x += p2, at += stride * p2) {
        step(values, at, at + below);
        step(values, at + right, at + below + right);
        step(values, at, at + right);
        step(values, at + below, at + below + right);
      }
      if (width & p) step(values, at, at + below);
    }
    if (height & p) {
      let at = start + y * row;
      for (let x = 0; x <= width - p2; x += p2, at += stride * p2) step(values, at, at + right);
    }
  }
}

/** The values that occur, from the bitmap of them: the coded values are indices into this. */
function readTable(packed: Uint8Array, view: DataView): { table: Uint16Array; last: number; end: number } {
  if (packed.byteLength < 8) throw broken('its table of values is truncated');
  const [first, last] = [view.getUint16(0, true), view.getUint16(2, true)];
  const bytes = first <= last ? last - first + 1 : 0;
  if (last >= 8192 || 8 + bytes > packed.byteLength) throw broken('its table of values is truncated');
  const table = new Uint16Array(0x10000);
  let count = 1;
  for (let value = first * 8; value < (first + bytes) * 8; value += 1) {
    if (value > 0 && packed[4 + (value >> 3) - first]! & (1 << (value & 7))) table[count++] = value;
  }
  return { table, last: count - 1, end: 4 + bytes };
}

/** The scan lines of one PIZ chunk, exactly: values by table, wavelet and Huffman code. */
export function unpackPiz(packed: Uint8Array, part: ExrPart, lines: number, where: string): Uint8Array {
  const { width, channels, lineBytes } = part;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const { table, last, end } = readTable(packed, view);
  const size = view.getUint32(end, true);
  if (end + 4 + size > packed.byteLength) throw broken(`${where} are truncated`);
  const values = unpackHuffman(packed.subarray(end + 4, end + 4 + size), (lineBytes * lines) / 2);
  const step = last < 1 << 14 ? step14 : step16;
  const out = new Uint16Array((lineBytes * lines) / 2);
  let start = 0;
  let column = 0;
  for (const { type } of channels) {
    const stride = SAMPLE_BYTES[type] / 2;
    for (let plane = 0; plane < stride; plane += 1) {
      unwave(values, { start: start + plane, width, height: lines, stride }, step);
    }
    const row = width * stride;
    for (let line = 0; line < lines; line += 1) {
      const to = (line * lineBytes) / 2 + column;
      for (let x = 0; x < row; x += 1) out[to + x] = table[values[start + line * row + x]!]!;
    }
    start += row * lines;
    column += row;
  }
  return new Uint8Array(out.buffer);
}
