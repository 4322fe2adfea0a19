import { Fault } from '#shared/core/fault.ts';

const SYMBOLS = 65537;
const MAX_LENGTH = 58;
/** Lengths from here on in the table of code lengths stand for runs of unused symbols. */
const SHORT_RUN = 59;
const LONG_RUN = 63;
const FAST_BITS = 14;

const broken = (what: string) => new Fault('BROKEN_FRAME', `OpenEXR file does not decode: ${what}`);

interface Bits {
  readonly bytes: Uint8Array;
  /** Position in bits, most significant first. */
  at: number;
}

/** Reads up to 24 bits; zeros beyond the end, which the callers' own limits then notice. */
function take(bits: Bits, count: number): number {
  const byte = bits.at >>> 3;
  const { bytes } = bits;
  const word =
    (((bytes[byte] ?? 0) << 24) |
      ((bytes[byte + 1] ?? 0) << 16) |
      ((bytes[byte + 2] ?? 0) << 8) |
      (bytes[byte + 3] ?? 0)) >>>
    0;
  const value = (word << (bits.at & 7)) >>> (32 - count);
  bits.at += count;
  return value;
}

function readLengths(bits: Bits, first: number, last: number): Uint8Array {
  const lengths = new Uint8Array(SYMBOLS);
  for (let symbol = first; symbol <= last; symbol += 1) {
    if (bits.at >>> 3 > bits.bytes.length) throw broken('its table of codes is truncated');
    const length = take(bits, 6);
    if (length < SHORT_RUN) lengths[symbol] = length;
    else symbol += (length === LONG_RUN ? take(bits, 8) + 6 : length - SHORT_RUN + 2) - 1;
    if (symbol > last) throw broken('its table of codes runs over');
  }
  return lengths;
}

interface Codes {
  /** By length: the first code, and the symbols that have codes of that length, in order. */
  readonly first: Float64Array;
  readonly symbols: readonly number[][];
  /** By the next 14 bits: symbol * 16 + length, or -1 for longer codes. */
  readonly fast: Int32Array;
}

function buildCodes(lengths: Uint8Array): Codes {
  const symbols: number[][] = Array.from({ length: MAX_LENGTH + 1 }, () => []);
  for (let symbol = 0; symbol < SYMBOLS; symbol += 1) {
    if (lengths[symbol]! > 0) symbols[lengths[symbol]!]!.push(symbol);
  }
  const first = new Float64Array(MAX_LENGTH + 1);
  let code = 0;
  for (let length = MAX_LENGTH; length > 0; length -= 1) {
    first[length] = code;
    code = Math.floor((code + symbols[length]!.length) / 2);
  }
  const fast = new Int32Array(1 << FAST_BITS).fill(-1);
  for (let length = 1; length <= FAST_BITS; length += 1) {
    const span = 1 << (FAST_BITS - length);
    for (const [rank, symbol] of symbols[length]!.entries()) {
      const from = (first[length]! + rank) * span;
      if (from + span > fast.length) throw broken('its table of codes is not one');
      fast.fill(symbol * 16 + length, from, from + span);
    }
  }
  return { first, symbols, fast };
}

function slowSymbol(bits: Bits, { first, symbols }: Codes): number {
  let code = 0;
  for (let length = 1; length <= MAX_LENGTH; length += 1) {
    code = code * 2 + take(bits, 1);
    const rank = code - first[length]!;
    if (rank >= 0 && rank < symbols[length]!.length) return symbols[length]![rank]!;
  }
  throw broken('it contains an unknown code');
}

/**
 * Huffman decoding as in the PIZ compression of OpenEXR: canonical codes, and one symbol (the last)
 * that repeats the value before it. Returns exactly `count` values or throws BROKEN_FRAME.
 */
export function unpackHuffman(bytes: Uint8Array, count: number): Uint16Array {
  if (bytes.byteLength < 20) throw broken('it has no table of codes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [firstSymbol, repeat] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (firstSymbol >= SYMBOLS || repeat >= SYMBOLS) throw broken('its table of codes is not one');
  const bits: Bits = { bytes, at: 160 };
  const codes = buildCodes(readLengths(bits, firstSymbol, repeat));
  bits.at = (bits.at + 7) & ~7;
  const end = bits.at + view.getUint32(12, true);
  if (end > bytes.byteLength * 8) throw broken('its codes are truncated');
  const out = new Uint16Array(count);
  let to = 0;
  while (bits.at < end) {
    const hit = codes.fast[take(bits, FAST_BITS)]!;
    bits.at -= FAST_BITS;
    const symbol = hit < 0 ? slowSymbol(bits, codes) : hit >> 4;
    if (hit >= 0) bits.at += hit & 15;
    const times = symbol === repeat ? take(bits, 8) : 1;
    if (to + times > count || (symbol === repeat && to === 0)) throw broken('it unpacks to too much');
    out.fill(symbol === repeat ? out[to - 1]! : symbol, to, to + times);
    to += times;
  }
  if (to !== count) throw broken(`it unpacks to ${to} values, expected ${count}`);
  return out;
}
