import { Fault } from '../fault.ts';
import { type Blocks, code } from './blocks.ts';
import type { Dna, Field } from './dna.ts';
import type { Header } from './header.ts';
import { damaged, type Window } from './source.ts';

type Value = number | string | bigint;

/** One struct of the file, of which only the wanted fields were read. Absent fields: this version has none. */
export interface Row {
  readonly struct: string;
  /** The block of the data-block (scene, object, …) that it belongs to; its own block if it is one itself. */
  readonly owner: number;
  readonly address: bigint;
  /** Where it lies in the file, for messages. */
  readonly offset: number;
  /** Where each field stands in `values`: one map for all rows of a struct. */
  readonly columns: ReadonlyMap<string, number>;
  readonly values: readonly (Value | undefined)[];
}

/** What to read: struct → fields, perhaps only where it belongs to a data-block with the code `only`. */
export type Wanted = Readonly<Record<string, { readonly fields: readonly string[]; readonly only?: string }>>;

export interface Rows {
  /** Rows of a struct in the order of the file. */
  of(struct: string): readonly Row[];
  /** The data-block at an address; only those with wanted structs are known. */
  at(address: bigint): Row | undefined;
  /** What a pointer inside of a data-block points at, among what the file keeps with that data-block. */
  within(owner: number, struct: string, address: bigint): Row | undefined;
  /** Name of the data-block that the row belongs to, without the two letters of its kind. */
  nameOf(row: Row): string;
}

const valueIn = (row: Row, field: string): Value | undefined => row.values[row.columns.get(field) ?? -1];

export const number = (row: Row, field: string): number | undefined => {
  const value = valueIn(row, field);
  return typeof value === 'number' ? value : undefined;
};

export const text = (row: Row, field: string): string | undefined => {
  const value = valueIn(row, field);
  return typeof value === 'string' ? value : undefined;
};

/** The address that a pointer holds: 0 for nothing. */
export const pointer = (row: Row, field: string): bigint => {
  const value = valueIn(row, field);
  return typeof value === 'bigint' ? value : 0n;
};

export const hasBit = (row: Row, field: string, bit: number): boolean =>
  ((number(row, field) ?? 0) & bit) !== 0;

const DATA = code('DATA');
/** Half a million objects, drivers and the like: about 150 MB, and more than any scene opens with. */
const MAX_ROWS = 2 ** 19;

/**
 * Reads the wanted structs of all blocks, in the order of the file, and nothing else.
 * Blender writes what a data-block owns right behind it, so the owner of a `DATA` block is the last other block.
 */
export const readRows = async (
  window: Window,
  header: Header,
  blocks: Blocks,
  dna: Dna,
  wanted: Wanted,
  maxRows = MAX_ROWS,
): Promise<Rows> => {
  const rows: Row[] = [];
  for (const { block, owner, plan } of collect(blocks, dna, wanted)) {
    const { size, struct } = plan;
    const count = block === owner ? 1 : blocks.counts[block]!;
    const offset = blocks.offsets[block]!;
    if (size * count > blocks.lengths[block]!)
      throw damaged(offset, `${count} × ${struct} of ${size} bytes in a block of ${blocks.lengths[block]}`);
    if (rows.length + count > maxRows)
      throw new Fault(
        'INVALID_SCENE',
        `The scene has more than ${maxRows} things to look at. Split it into smaller scenes.`,
      );
    for (let index = 0; index < count; index += 1) {
      const at = offset + index * size;
      if (!window.holds(at, size)) await window.load(at, size);
      const view = window.view();
      const start = at - window.start();
      const values = plan.fields.map(
        (field) => field && readValue(view, start + field.offset, field, header),
      );
      const address = index === 0 ? blocks.addresses[block]! : 0n;
      rows.push({ struct, owner, address, offset: at, columns: plan.columns, values });
    }
  }
  return indexRows(rows, blocks);
};

interface Plan {
  readonly struct: string;
  readonly size: number;
  readonly columns: ReadonlyMap<string, number>;
  readonly fields: readonly (Field | undefined)[];
  readonly only: number | undefined;
}

const collect = (blocks: Blocks, dna: Dna, wanted: Wanted) => {
  const plans = Array.from({ length: dna.structCount }, (_, index): Plan | undefined => {
    const want = wanted[dna.structName(index)];
    return want && planOf(dna, index, want.fields, want.only);
  });
  const collected: { block: number; owner: number; plan: Plan }[] = [];
  let owner = -1;
  let isOwnerIn = false;
  for (let block = 0; block < blocks.count; block += 1) {
    const struct = blocks.structs[block]!;
    const plan = plans[struct];
    if (blocks.codes[block] !== DATA) {
      owner = block;
      isOwnerIn = plan !== undefined;
      if (plan) collected.push({ block, owner, plan });
    } else if (plan && owner >= 0 && (plan.only === undefined || plan.only === blocks.codes[owner])) {
      const ownerStruct = blocks.structs[owner]!;
      // Only for its name, in messages.
      if (!isOwnerIn && ownerStruct < dna.structCount)
        collected.push({ block: owner, owner, plan: planOf(dna, ownerStruct, ['id.name'], undefined) });
      isOwnerIn = true;
      collected.push({ block, owner, plan });
    }
  }
  return collected;
};

const planOf = (dna: Dna, index: number, paths: readonly string[], only: string | undefined): Plan => {
  const struct = dna.structName(index);
  return {
    struct,
    size: dna.structSize(index),
    columns: new Map(paths.map((path, column) => [path, column])),
    fields: paths.map((path) => dna.field(struct, path)),
    only: only === undefined ? undefined : code(only),
  };
};

const indexRows = (all: readonly Row[], blocks: Blocks): Rows => {
  const byStruct = new Map<string, Row[]>();
  const names = new Map<number, string>();
  const owners = new Map<bigint, Row>();
  for (const row of all) {
    const list = byStruct.get(row.struct);
    if (list) list.push(row);
    else byStruct.set(row.struct, [row]);
    if (row.offset !== blocks.offsets[row.owner]) continue;
    owners.set(row.address, row);
    names.set(row.owner, (text(row, 'id.name') ?? text(row, 'name') ?? '').slice(2));
  }
  const owned = new Map<string, ReadonlyMap<string, Row>>();
  const rowsOf = (struct: string): readonly Row[] => byStruct.get(struct) ?? [];
  return {
    of: rowsOf,
    at: (address) => owners.get(address),
    nameOf: (row) => names.get(row.owner) ?? '',
    within(owner, struct, address) {
      const known =
        owned.get(struct) ?? new Map(rowsOf(struct).map((row) => [`${row.owner} ${row.address}`, row]));
      owned.set(struct, known);
      return known.get(`${owner} ${address}`);
    },
  };
};

const LEAST_BYTES: Readonly<Record<string, number>> = { short: 2, ushort: 2, int: 4, int32_t: 4, float: 4 };

const readValue = (view: DataView, at: number, field: Field, header: Header): Value | undefined => {
  const little = header.littleEndian;
  // A hostile file can describe an `int` of one byte, or an array of length 0.
  if (field.size < (field.isPointer ? 1 : (LEAST_BYTES[field.type] ?? 1))) return undefined;
  if (field.isPointer)
    return header.pointerBytes === 8 ? view.getBigUint64(at, little) : BigInt(view.getUint32(at, little));
  switch (field.type) {
    case 'char':
    case 'uchar':
    case 'uint8_t':
    case 'int8_t':
      return field.size === 1 ? view.getUint8(at) : readText(view, at, field.size);
    case 'short':
      return view.getInt16(at, little);
    case 'ushort':
      return view.getUint16(at, little);
    case 'int':
    case 'int32_t':
      return view.getInt32(at, little);
    case 'float':
      return view.getFloat32(at, little);
    default:
      return undefined;
  }
};

/** The longest text that Blender keeps in a struct: a path. */
const MAX_TEXT_BYTES = 1024;
const decoder = new TextDecoder();
const readText = (view: DataView, at: number, size: number): string => {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, Math.min(size, MAX_TEXT_BYTES));
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
};
