import { damaged } from './source.ts';

/** Where a value lies in a struct. */
export interface Field {
  readonly offset: number;
  readonly type: string;
  readonly isPointer: boolean;
  /** Bytes, of the whole array where it is one. */
  readonly size: number;
}

/** The file's own description of its structs: what makes files of all versions readable. */
export interface Dna {
  readonly structCount: number;
  structName(index: number): string;
  /** Bytes of one struct. */
  structSize(index: number): number;
  /** A field by its path through embedded structs (`r.im_format.imtype`); `undefined` where this version has none. */
  field(struct: string, path: string): Field | undefined;
}

/** DNA is never bigger; Blender 5's has 1,000 structs and 130 kB. */
export const MAX_DNA_BYTES = 4 * 2 ** 20;

/** Reads the contents of block `DNA1`, which start at `offset` of the file. Throws INVALID_SCENE when it makes no sense. */
export const parseDna = (
  bytes: Uint8Array,
  offset: number,
  littleEndian: boolean,
  pointerBytes: 4 | 8,
): Dna => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cursor = createCursor(view, offset, littleEndian);
  cursor.tag('SDNA');
  cursor.tag('NAME');
  const names = cursor.strings();
  cursor.tag('TYPE');
  const types = cursor.strings();
  cursor.tag('TLEN');
  const sizes = types.map(() => cursor.short());
  cursor.tag('STRC');
  const structs = cursor.structs();
  const indexByName = new Map<string, number>();
  structs.forEach((struct, index) => {
    const name = types[struct.type];
    if (name === undefined) throw damaged(offset, `struct ${index} has the unknown type ${struct.type}`);
    indexByName.set(name, index);
  });
  const layouts = new Map<string, ReadonlyMap<string, Field>>();
  const layout = (name: string): ReadonlyMap<string, Field> | undefined => {
    const known = layouts.get(name);
    const index = indexByName.get(name);
    if (known || index === undefined) return known;
    const made = layFields(name, structs[index]!);
    layouts.set(name, made);
    return made;
  };
  const layFields = (name: string, struct: StructAt) => {
    const made = new Map<string, Field>();
    const structSize = sizes[struct.type]!;
    let at = 0;
    for (const [type, nameIndex] of cursor.fields(struct)) {
      const declared = names[nameIndex];
      const size = sizes[type];
      if (declared === undefined || size === undefined)
        throw damaged(offset, `struct ${name} has an unknown field`);
      const isPointer = /^\(?\*/.test(declared);
      const bytesHere = (isPointer ? pointerBytes : size) * arrayLength(declared);
      const key = declared.replace(/\[.*$/, '').replace(/[*()]/g, '');
      made.set(key, { offset: at, type: types[type]!, isPointer, size: bytesHere });
      at += bytesHere;
    }
    // Not `at > structSize`: absurd array lengths can make it NaN.
    if (!(at <= structSize))
      throw damaged(offset, `the fields of struct ${name} need ${at} of its ${structSize} bytes`);
    return made;
  };
  return {
    structCount: structs.length,
    structName: (index) => types[structs[index]!.type]!,
    structSize: (index) => sizes[structs[index]!.type]!,
    field(struct, path) {
      let found: Field | undefined;
      let type = struct;
      for (const step of path.split('.')) {
        const next = layout(type)?.get(step);
        if (!next) return undefined;
        found = { ...next, offset: next.offset + (found?.offset ?? 0) };
        type = next.type;
      }
      return found;
    },
  };
};

/** `mat[4][4]` → 16. */
const arrayLength = (name: string): number => {
  let length = 1;
  for (const [, count] of name.matchAll(/\[(\d+)\]/g)) length *= Number(count);
  return length;
};

const createCursor = (view: DataView, base: number, littleEndian: boolean) => {
  let at = 0;
  const need = (bytes: number) => {
    if (at + bytes > view.byteLength)
      throw damaged(base + at, 'the description of the structs (DNA) is cut short');
  };
  const short = (): number => {
    need(2);
    at += 2;
    return view.getUint16(at - 2, littleEndian);
  };
  const count = (leastBytesEach: number): number => {
    need(4);
    const value = view.getInt32(at, littleEndian);
    at += 4;
    if (value < 0) throw damaged(base + at - 4, `the description of the structs (DNA) counts ${value}`);
    need(value * leastBytesEach);
    return value;
  };
  return {
    short,
    /** Sections start at multiples of four. */
    tag(name: string) {
      at = (at + 3) & ~3;
      need(4);
      const found = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, 4));
      if (found !== name)
        throw damaged(base + at, `the description of the structs (DNA) lacks its part ${name}`);
      at += 4;
    },
    strings(): string[] {
      const length = count(1);
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const first = at;
      for (let found = 0; found < length; found += 1) {
        const end = bytes.indexOf(0, at);
        if (end < 0) throw damaged(base + at, 'the description of the structs (DNA) has a name without end');
        at = end + 1;
      }
      // One decode for all names: they end with a zero byte each.
      return new TextDecoder()
        .decode(bytes.subarray(first, Math.max(first, at - 1)))
        .split('\0')
        .slice(0, length);
    },
    /** Only where each struct's fields are: of a thousand structs some thirty are ever looked at. */
    structs: (): StructAt[] =>
      Array.from({ length: count(4) }, () => {
        const type = short();
        const fieldCount = short();
        need(fieldCount * 4);
        at += fieldCount * 4;
        return { type, fieldCount, at: at - fieldCount * 4 };
      }),
    fields: (struct: StructAt): [type: number, name: number][] =>
      Array.from({ length: struct.fieldCount }, (_, index) => [
        view.getUint16(struct.at + index * 4, littleEndian),
        view.getUint16(struct.at + index * 4 + 2, littleEndian),
      ]),
  };
};

interface StructAt {
  readonly type: number;
  readonly fieldCount: number;
  readonly at: number;
}
