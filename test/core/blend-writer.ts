/** A tiny writer of `.blend` files of any make: what Blender itself no longer writes, and what it never would. */
export interface Make {
  readonly version: number;
  readonly pointerBytes: 4 | 8;
  readonly littleEndian: boolean;
  /** The headers of Blender 5. */
  readonly large: boolean;
}

export const MAKES: Readonly<Record<string, Make>> = {
  '32 bits': { version: 262, pointerBytes: 4, littleEndian: true, large: false },
  '32 bits, big endian': { version: 262, pointerBytes: 4, littleEndian: false, large: false },
  '64 bits': { version: 304, pointerBytes: 8, littleEndian: true, large: false },
  '64 bits, big endian': { version: 304, pointerBytes: 8, littleEndian: false, large: false },
  'Blender 5': { version: 501, pointerBytes: 8, littleEndian: true, large: true },
};

/** Struct → fields, as in C: `char name[66]`, `Object *camera`. Every struct must come before its use in another. */
export type Structs = Readonly<Record<string, readonly string[]>>;

export interface Block {
  readonly code: string;
  readonly struct: string;
  readonly address?: bigint;
  /** Field path → value; one entry a struct in the row. */
  readonly rows: readonly Readonly<Record<string, number | string | bigint>>[];
}

const SCALARS: Readonly<Record<string, number>> = { char: 1, short: 2, int: 4, float: 4, uint64_t: 8 };

interface Place {
  readonly offset: number;
  readonly type: string;
  readonly isPointer: boolean;
  readonly size: number;
}

const layoutOf = (structs: Structs, pointerBytes: number) => {
  const sizes = new Map(Object.entries(SCALARS));
  const places = new Map<string, Map<string, Place>>();
  for (const [struct, fields] of Object.entries(structs)) {
    const own = new Map<string, Place>();
    let offset = 0;
    for (const field of fields) {
      const [type = '', name = ''] = field.split(' ');
      const isPointer = name.startsWith('*');
      const count = Number(/\[(\d+)\]/.exec(name)?.[1] ?? 1);
      const size = (isPointer ? pointerBytes : sizes.get(type)!) * count;
      const key = name.replace('*', '').replace(/\[.*/, '');
      own.set(key, { offset, type, isPointer, size });
      for (const [path, inner] of (isPointer ? undefined : places.get(type)) ?? [])
        own.set(`${key}.${path}`, { ...inner, offset: offset + inner.offset });
      offset += size;
    }
    places.set(struct, own);
    sizes.set(struct, offset);
  }
  return { sizes, places };
};

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

const numbers = (make: Make, bytesEach: 2 | 4, values: readonly number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(values.length * bytesEach));
  values.forEach((value, index) => {
    if (bytesEach === 2) view.setUint16(index * 2, value, make.littleEndian);
    else view.setInt32(index * 4, value, make.littleEndian);
  });
  return new Uint8Array(view.buffer);
};

const padded = (bytes: Uint8Array): Uint8Array => joined([bytes, new Uint8Array(-bytes.length & 3)]);

/** The contents of block `DNA1`. */
export const writeDna = (make: Make, structs: Structs): Uint8Array => {
  const { sizes } = layoutOf(structs, make.pointerBytes);
  const types = [...sizes.keys(), 'Unknown'];
  const names: string[] = [];
  const body: number[] = [];
  for (const [struct, fields] of Object.entries(structs)) {
    body.push(types.indexOf(struct), fields.length);
    for (const field of fields) {
      const [type = '', name = ''] = field.split(' ');
      if (!names.includes(name)) names.push(name);
      body.push(types.includes(type) ? types.indexOf(type) : types.length - 1, names.indexOf(name));
    }
  }
  const list = (all: readonly string[]) =>
    padded(joined([numbers(make, 4, [all.length]), ascii(all.map((name) => `${name}\0`).join(''))]));
  return joined([
    ascii('SDNANAME'),
    list(names),
    ascii('TYPE'),
    list(types),
    ascii('TLEN'),
    padded(
      numbers(
        make,
        2,
        types.map((type) => sizes.get(type) ?? 0),
      ),
    ),
    ascii('STRC'),
    numbers(make, 4, [Object.keys(structs).length]),
    numbers(make, 2, body),
  ]);
};

const writeHeader = (make: Make): Uint8Array =>
  ascii(
    make.large
      ? `BLENDER17-01v${String(make.version).padStart(4, '0')}`
      : `BLENDER${make.pointerBytes === 4 ? '_' : '-'}${make.littleEndian ? 'v' : 'V'}${make.version}`,
  );

/** One block: header and contents. The header may lie about the length and the count. */
export const writeBlock = (
  make: Make,
  {
    code,
    struct,
    address,
    count,
    length,
  }: { code: string; struct: number; address: bigint; count: number; length: number },
  contents: Uint8Array,
): Uint8Array => {
  const view = new DataView(new ArrayBuffer(make.large ? 32 : make.pointerBytes === 4 ? 20 : 24));
  const little = make.littleEndian;
  if (make.large) {
    view.setInt32(4, struct, true);
    view.setBigUint64(8, address, true);
    view.setBigInt64(16, BigInt(length), true);
    view.setBigInt64(24, BigInt(count), true);
  } else {
    view.setInt32(4, length, little);
    if (make.pointerBytes === 4) view.setUint32(8, Number(address), little);
    else view.setBigUint64(8, address, little);
    view.setInt32(8 + make.pointerBytes, struct, little);
    view.setInt32(12 + make.pointerBytes, count, little);
  }
  const header = new Uint8Array(view.buffer);
  header.set(ascii(code));
  return joined([header, contents]);
};

/** A whole file; `extra` blocks, already written, come first. */
export const writeBlend = (
  make: Make,
  structs: Structs,
  blocks: readonly Block[],
  extra: readonly Uint8Array[] = [],
): Uint8Array<ArrayBuffer> => {
  const { sizes, places } = layoutOf(structs, make.pointerBytes);
  const indexes = Object.keys(structs);
  const written = blocks.map(({ code, struct, address = 0n, rows }) => {
    const size = sizes.get(struct)!;
    const view = new DataView(new ArrayBuffer(size * rows.length));
    rows.forEach((row, index) => {
      for (const [path, value] of Object.entries(row)) {
        const place = places.get(struct)?.get(path);
        if (!place) throw new Error(`${struct} has no field ${path}`);
        put(view, index * size + place.offset, place, value, make);
      }
    });
    const contents = new Uint8Array(view.buffer);
    const head = {
      code,
      struct: indexes.indexOf(struct),
      address,
      count: rows.length,
      length: contents.length,
    };
    return writeBlock(make, head, contents);
  });
  const dna = writeDna(make, structs);
  const ending = { struct: 0, address: 0n, count: 1 };
  return joined([
    writeHeader(make),
    ...extra,
    ...written,
    writeBlock(make, { code: 'DNA1', ...ending, length: dna.length }, dna),
    writeBlock(make, { code: 'ENDB', ...ending, count: 0, length: 0 }, new Uint8Array()),
  ]);
};

const put = (view: DataView, at: number, place: Place, value: number | string | bigint, make: Make): void => {
  const little = make.littleEndian;
  if (typeof value === 'string') {
    new Uint8Array(view.buffer, at, place.size).set(new TextEncoder().encode(value));
  } else if (place.isPointer) {
    if (make.pointerBytes === 4) view.setUint32(at, Number(value), little);
    else view.setBigUint64(at, BigInt(value), little);
  } else if (place.type === 'float') view.setFloat32(at, Number(value), little);
  else if (place.type === 'int') view.setInt32(at, Number(value), little);
  else if (place.type === 'short') view.setInt16(at, Number(value), little);
  else view.setUint8(at, Number(value));
};
