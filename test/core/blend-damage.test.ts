import { describe, expect, test } from 'vitest';
import { type Blocks, code, walkBlocks } from '#shared/core/blend/blocks.ts';
import { MAX_DNA_BYTES, parseDna } from '#shared/core/blend/dna.ts';
import { type Header, parseHeader } from '#shared/core/blend/header.ts';
import { readScene } from '#shared/core/blend/read-scene.ts';
import { readRows } from '#shared/core/blend/rows.ts';
import { createWindow } from '#shared/core/blend/source.ts';
import { data, factsOf, INFLATE, id, read, STRUCTS, scene, sourceOf } from './blend-samples.ts';
import { MAKES, type Structs, writeBlend, writeBlock, writeDna } from './blend-writer.ts';

const make = MAKES['64 bits']!;
const whole = writeBlend(make, STRUCTS, [scene()]);
const letters = (text: string): Uint8Array => new TextEncoder().encode(text);
const refused = (message: string, errorCode = 'INVALID_SCENE') => ({
  code: errorCode,
  message: expect.stringContaining(message),
});

describe('the header', () => {
  test.each([
    ['', 'not a .blend file'],
    ['BLEND', 'not a .blend file'],
    ['BLENDER', 'not a .blend file'],
    ['<html><body>not found', 'not a .blend file'],
    ['BLENDER-v3x4', 'not a .blend file'],
  ])('%j is refused', async (text, message) => {
    await expect(read(letters(text))).rejects.toMatchObject(refused(message));
  });

  test.each([
    ['BLENDER-v249', '2.49'],
    ['BLENDER17-02v0600', 'file format 02'],
    ['BLENDER32-01v0600', 'header of 32 bytes'],
  ])('%j is of a make that is not supported', async (text, message) => {
    await expect(read(letters(text))).rejects.toMatchObject(refused(message, 'UNSUPPORTED_SCENE'));
  });

  test('is told with its offset', async () => {
    await expect(read(letters('nonsense'))).rejects.toMatchObject({ details: { offset: 0 } });
  });
});

describe('blocks', () => {
  const head = { code: 'TEST', struct: 0, address: 0n, count: 1, length: 8 };
  const block = (lie: Partial<typeof head>) =>
    writeBlend(make, STRUCTS, [scene()], [writeBlock(make, { ...head, ...lie }, new Uint8Array(8))]);

  test.each([
    ['a negative length', { length: -8 }, 'block "TEST" has length -8'],
    ['a negative count', { count: -1 }, 'count -1'],
    ['a negative struct', { struct: -1 }, 'struct -1'],
    ['a length beyond the end', { length: 2 ** 30 }, 'runs past the end'],
  ])('with %s', async (_name, lie, message) => {
    await expect(read(block(lie))).rejects.toMatchObject(refused(message));
  });

  test('with a length beyond all numbers, as Blender 5 could write', async () => {
    const large = MAKES['Blender 5']!;
    const extra = writeBlock(large, { ...head, length: Number.MAX_SAFE_INTEGER }, new Uint8Array(8));
    await expect(read(writeBlend(large, STRUCTS, [scene()], [extra]))).rejects.toMatchObject(
      refused('runs past'),
    );
  });

  test('cut short anywhere', async () => {
    for (let length = 12; length < whole.length; length += 97)
      await expect(read(whole.subarray(0, length))).rejects.toMatchObject({ code: 'INVALID_SCENE' });
  });

  test('more than there may be', async () => {
    const header = parseHeader(whole);
    await expect(walkBlocks(createWindow(sourceOf(whole), 64), header, 1)).rejects.toMatchObject(
      refused('more than 1 blocks'),
    );
  });

  test('many are no problem', async () => {
    const many = Array.from({ length: 9000 }, (_, index) =>
      id('OB', 'Object', `Cube ${index}`, { type: 11 }, BigInt(index + 5)),
    );
    expect((await factsOf([scene(), ...many])).cameras).toHaveLength(9000);
  });

  test('of which the source gives less than it has', async () => {
    const short = {
      size: whole.length,
      read: (from: number, length: number) => whole.slice(from, from + (from > 0 ? 5 : length)),
    };
    await expect(readScene(short, INFLATE, { readAheadBytes: 64 })).rejects.toMatchObject(
      refused('can be read'),
    );
  });
});

describe('the description of the structs', () => {
  const withDna = (dna: Uint8Array) => {
    const dnaAt = code('DNA1');
    const view = new DataView(whole.buffer);
    let start = 12;
    while (view.getUint32(start, true) !== dnaAt) start += 24 + view.getInt32(start + 4, true);
    const parts = [
      whole.subarray(0, start),
      writeBlock(make, { code: 'DNA1', struct: 0, address: 0n, count: 1, length: dna.length }, dna),
      writeBlock(make, { code: 'ENDB', struct: 0, address: 0n, count: 0, length: 0 }, new Uint8Array()),
    ];
    return new Uint8Array(Buffer.concat(parts));
  };
  const good = writeDna(make, STRUCTS);

  test('is missing', async () => {
    const renamed = whole.slice();
    const at = new TextDecoder('latin1').decode(whole).indexOf('DNA1');
    renamed.set(letters('DNAX'), at);
    await expect(read(renamed)).rejects.toMatchObject(refused('block DNA1) is missing'));
  });

  test('is too big', async () => {
    await expect(read(withDna(new Uint8Array(MAX_DNA_BYTES + 4)))).rejects.toMatchObject(
      refused('block DNA1 has'),
    );
  });

  test('is cut short anywhere', async () => {
    for (let length = 0; length < good.length - 4; length += 41)
      expect(() => parseDna(good.subarray(0, length), 0, true, 8)).toThrow(
        expect.objectContaining({ code: 'INVALID_SCENE' }),
      );
  });

  test.each<[string, (view: DataView) => void, string]>([
    ['a part of another name', (view) => view.setUint8(0, 0x58), 'lacks its part SDNA'],
    ['a negative count', (view) => view.setInt32(8, -1, true), 'counts -1'],
    ['more names than bytes', (view) => view.setInt32(8, 2 ** 30, true), 'cut short'],
  ])('has %s', (_name, spoil, message) => {
    const dna = good.slice();
    spoil(new DataView(dna.buffer));
    expect(() => parseDna(dna, 100, true, 8)).toThrow(expect.objectContaining(refused(message)));
  });

  test('has names without end', () => {
    const dna = Uint8Array.from([...letters('SDNANAME'), 2, 0, 0, 0, 65, 0, 66, 67]);
    expect(() => parseDna(dna, 0, true, 8)).toThrow(expect.objectContaining(refused('a name without end')));
  });

  /** Few structs, so that each number can be found and changed. */
  const tiny: Structs = { ID: ['char name[66]', 'char pad[2]'], Twice: ['ID first', 'ID *second'] };
  const spoiled = (spoil: (shorts: DataView, strc: number) => void) => {
    const dna = writeDna(make, tiny);
    spoil(new DataView(dna.buffer), new TextDecoder('latin1').decode(dna).indexOf('STRC') + 8);
    return dna;
  };

  test('is read where it is right', () => {
    const dna = parseDna(writeDna(make, tiny), 0, true, 8);
    expect(dna.field('Twice', 'first.pad')).toEqual({ offset: 66, type: 'char', isPointer: false, size: 2 });
    expect(dna.field('Twice', 'second')).toMatchObject({ offset: 68, isPointer: true, size: 8 });
    expect(dna.field('Twice', 'third')).toBeUndefined();
    expect(dna.field('Thrice', 'first')).toBeUndefined();
    expect(dna.field('ID', 'name.deeper')).toBeUndefined();
  });

  test('has a struct of an unknown type', () => {
    const dna = spoiled((view, strc) => view.setUint16(strc, 999, true));
    expect(() => parseDna(dna, 0, true, 8)).toThrow(expect.objectContaining(refused('unknown type 999')));
  });

  test.each([[4], [6]])('has an unknown field (at %i)', (at) => {
    const dna = parseDna(
      spoiled((view, strc) => view.setUint16(strc + at, 999, true)),
      0,
      true,
      8,
    );
    expect(() => dna.field('ID', 'name')).toThrow(expect.objectContaining(refused('unknown field')));
  });

  test.each([
    ['a long array', 'char name[99999]'],
    ['an endless array', `char name[${'9'.repeat(400)}]`],
    ['an endless array of nothing', `Unknown name[${'9'.repeat(400)}]`],
  ])('has fields that do not fit: %s', (_name, field) => {
    const dna = writeDna(make, { ID: [field] });
    const text = new TextDecoder('latin1').decode(dna);
    // The struct's size, which the writer counts right: sizes are in the order of the types.
    new DataView(dna.buffer).setUint16(text.indexOf('TLEN') + 4 + 5 * 2, 68, true);
    expect(() => parseDna(dna, 0, true, 8).field('ID', 'name')).toThrow(
      expect.objectContaining(refused('fields of struct ID need')),
    );
  });
});

describe('contents', () => {
  const owned = (count: number, length: number) =>
    writeBlock(
      make,
      {
        code: 'OB',
        struct: Object.keys(STRUCTS).indexOf('Object'),
        address: 9n,
        count,
        length,
      },
      new Uint8Array(length),
    );

  test('shorter than their struct', async () => {
    await expect(read(writeBlend(make, STRUCTS, [scene()], [owned(1, 8)]))).rejects.toMatchObject(
      refused('1 × Object of'),
    );
  });

  test('of a struct that is not described are left alone', async () => {
    const unknown = { code: 'ME', struct: 9999, address: 5n, count: 1, length: 4 };
    const extra = [writeBlock(make, unknown, new Uint8Array(4))];
    const blocks = [data('ChannelDriver', { type: 1, expression: 'foo()' }), scene()];
    const facts = await read(writeBlend(make, STRUCTS, blocks, extra));
    expect(facts.scripts).toEqual(['driver of : foo()']);
  });

  test('that belong to nothing are left alone', async () => {
    expect(
      (await factsOf([data('ChannelDriver', { type: 1, expression: 'foo()' }), scene()])).scripts,
    ).toEqual([]);
  });

  test('whose numbers are smaller than numbers can be', async () => {
    const structs: Structs = { ...STRUCTS, Object: ['ID id', 'uint64_t type'] };
    expect((await factsOf([scene(), id('OB', 'Object', 'Cube', { type: 11 })], { structs })).cameras).toEqual(
      [],
    );
    // What follows an array of nothing is not its first element.
    const narrow = { ...STRUCTS, Object: ['ID id', 'short type[0]', 'short pad[4]'] };
    const cube = id('OB', 'Object', 'Cube', { pad: 11 });
    expect((await factsOf([scene(), cube], { structs: narrow })).cameras).toEqual([]);
  });

  test('in more rows than anybody needs', async () => {
    const bytes = writeBlend(make, { ID: ['char name[66]'] }, [
      { code: 'ID', struct: 'ID', rows: [{ name: 'OBa' }] },
      { code: 'ID', struct: 'ID', rows: [{ name: 'OBb' }] },
    ]);
    const header: Header = parseHeader(bytes);
    const window = createWindow(sourceOf(bytes), 64);
    const blocks: Blocks = await walkBlocks(window, header);
    const at = blocks.codes.indexOf(code('DNA1'));
    const dna = parseDna(bytes.slice(blocks.offsets[at]), 0, true, 8);
    const rows = readRows(window, header, blocks, dna, { ID: { fields: ['name'] } }, 1);
    await expect(rows).rejects.toMatchObject(refused('more than 1 things'));
  });

  test('of every type of number', async () => {
    const types = ['uchar', 'uint8_t', 'int8_t', 'ushort', 'int32_t'];
    const bytes = writeBlend(
      make,
      { ID: ['char name[66]', 'char pad[2]'], Many: types.map((type) => `char ${type}`) },
      [{ code: 'ID', struct: 'Many', rows: [{}] }],
    );
    const header = parseHeader(bytes);
    const window = createWindow(sourceOf(bytes), 4096);
    const blocks = await walkBlocks(window, header);
    const field = (type: string) => ({ offset: 0, type, isPointer: false, size: 4 });
    const dna = {
      structCount: 2,
      structName: (index: number) => ['ID', 'Many'][index]!,
      structSize: () => 5,
      field: (_struct: string, path: string) => field(path),
    };
    const rows = await readRows(window, header, blocks, dna, { Many: { fields: types } });
    expect(rows.of('Many')[0]?.values).toEqual(['', '', '', 0, 0]);
  });
});
