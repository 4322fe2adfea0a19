import { Fault } from '../fault.ts';
import type { Header } from './header.ts';
import { damaged, type Window } from './source.ts';

/** The headers of all blocks of a file, in columns: many blocks, little memory, nothing of their contents. */
export interface Blocks {
  readonly count: number;
  /** Four letters as a number, see `code`. */
  readonly codes: Uint32Array;
  /** Index of the struct in the file's own description (DNA). */
  readonly structs: Uint32Array;
  /** How many structs in a row the block holds. */
  readonly counts: Float64Array;
  /** Where the contents start, and how long they are. */
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  /** Where the contents lay in memory: what pointers in other blocks point at. */
  readonly addresses: BigUint64Array;
}

/** The letters of a block's code as the number that `Blocks.codes` holds. */
export const code = (letters: string): number => {
  let value = 0;
  for (let index = 3; index >= 0; index -= 1) value = value * 256 + (letters.charCodeAt(index) || 0);
  return value;
};

const END = code('ENDB');
const HEADER_SIZES = { BHead4: 20, SmallBHead8: 24, LargeBHead8: 32 } as const;
/** A scene of a gigabyte has some hundred thousand. */
const MAX_BLOCKS = 4 * 2 ** 20;

/** Walks the block headers, skipping the contents: a big scene costs a few reads. */
export const walkBlocks = async (window: Window, header: Header, maxBlocks = MAX_BLOCKS): Promise<Blocks> => {
  const size = HEADER_SIZES[header.blockHeader];
  const columns = createColumns();
  for (let offset = header.bytes; ; ) {
    if (!window.holds(offset, size)) await window.load(offset, size);
    const block = readHeader(window.view(), offset - window.start(), header);
    if (block.code === END) return columns.done();
    if (block.length < 0 || block.count < 0 || block.struct < 0)
      throw damaged(
        offset,
        `block ${nameOf(block.code)} has length ${block.length}, count ${block.count}, struct ${block.struct}`,
      );
    const next = offset + size + block.length;
    if (next > window.size)
      throw damaged(
        offset,
        `block ${nameOf(block.code)} of ${block.length} bytes runs past the end at ${window.size}`,
      );
    if (columns.add(block, offset + size) > maxBlocks)
      throw new Fault(
        'INVALID_SCENE',
        `The scene has more than ${maxBlocks} blocks. Split it into smaller scenes, or link its parts from libraries.`,
      );
    offset = next;
  }
};

interface BlockHeader {
  readonly code: number;
  readonly length: number;
  readonly address: bigint;
  readonly struct: number;
  readonly count: number;
}

const readHeader = (view: DataView, at: number, header: Header): BlockHeader => {
  const little = header.littleEndian;
  const letters = view.getUint32(at, true);
  switch (header.blockHeader) {
    case 'BHead4':
      return {
        code: letters,
        length: view.getInt32(at + 4, little),
        address: BigInt(view.getUint32(at + 8, little)),
        struct: view.getInt32(at + 12, little),
        count: view.getInt32(at + 16, little),
      };
    case 'SmallBHead8':
      return {
        code: letters,
        length: view.getInt32(at + 4, little),
        address: view.getBigUint64(at + 8, little),
        struct: view.getInt32(at + 16, little),
        count: view.getInt32(at + 20, little),
      };
    case 'LargeBHead8':
      return {
        code: letters,
        struct: view.getInt32(at + 4, little),
        address: view.getBigUint64(at + 8, little),
        length: Number(view.getBigInt64(at + 16, little)),
        count: Number(view.getBigInt64(at + 24, little)),
      };
  }
};

const nameOf = (letters: number): string =>
  JSON.stringify(
    String.fromCharCode(
      letters & 0xff,
      (letters >>> 8) & 0xff,
      (letters >>> 16) & 0xff,
      letters >>> 24,
    ).replaceAll('\0', ''),
  );

const createColumns = () => {
  let room = 4096;
  let count = 0;
  let codes = new Uint32Array(room);
  let structs = new Uint32Array(room);
  let counts = new Float64Array(room);
  let offsets = new Float64Array(room);
  let lengths = new Float64Array(room);
  let addresses = new BigUint64Array(room);
  const grow = () => {
    room *= 2;
    const grown = <T extends Uint32Array | Float64Array | BigUint64Array>(into: T, old: T): T => {
      into.set(old as never);
      return into;
    };
    codes = grown(new Uint32Array(room), codes);
    structs = grown(new Uint32Array(room), structs);
    counts = grown(new Float64Array(room), counts);
    offsets = grown(new Float64Array(room), offsets);
    lengths = grown(new Float64Array(room), lengths);
    addresses = grown(new BigUint64Array(room), addresses);
  };
  return {
    add(block: BlockHeader, offset: number): number {
      if (count === room) grow();
      codes[count] = block.code;
      structs[count] = block.struct;
      counts[count] = block.count;
      offsets[count] = offset;
      lengths[count] = block.length;
      addresses[count] = block.address;
      count += 1;
      return count;
    },
    done: (): Blocks => ({ count, codes, structs, counts, offsets, lengths, addresses }),
  };
};
