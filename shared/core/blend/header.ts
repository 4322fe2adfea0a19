import { Fault } from '../fault.ts';

/** What the first bytes of a `.blend` say of how to read the rest. */
export interface Header {
  /** Blender's number of its own version: 279 is 2.79, 304 is 3.4, 500 is 5.0. */
  readonly version: number;
  readonly littleEndian: boolean;
  readonly pointerBytes: 4 | 8;
  /** Where the first block starts. */
  readonly bytes: number;
  /** The shape of every block's header; the names are Blender's own. */
  readonly blockHeader: 'BHead4' | 'SmallBHead8' | 'LargeBHead8';
}

export const HEADER_BYTES = 17;

/**
 * Reads the file header. Two shapes exist: 12 bytes (`BLENDER-v304`: pointer size, byte order, version),
 * and since 5.0 17 bytes (`BLENDER17-01v0500`: size, file format, version; always 64 bits, little endian).
 * Source: blender/blender, source/blender/blenloader_core/BLO_core_blend_header.hh.
 */
export const parseHeader = (bytes: Uint8Array): Header => {
  const text = String.fromCharCode(...bytes.subarray(0, HEADER_BYTES));
  const old = /^BLENDER([_-])([vV])(\d{3})/.exec(text);
  if (old) {
    const isSmall = old[1] === '_';
    return {
      version: checkedVersion(Number(old[3])),
      littleEndian: old[2] === 'v',
      pointerBytes: isSmall ? 4 : 8,
      bytes: 12,
      blockHeader: isSmall ? 'BHead4' : 'SmallBHead8',
    };
  }
  const large = /^BLENDER(\d\d)-(\d\d)v(\d{4})/.exec(text);
  if (!large)
    throw new Fault(
      'INVALID_SCENE',
      'This is not a .blend file: it does not start with a BLENDER header. Give the scene that Blender saved.',
      { details: { offset: 0 } },
    );
  if (large[1] !== '17' || large[2] !== '01')
    throw new Fault(
      'UNSUPPORTED_SCENE',
      `The scene has file format ${large[2]} with a header of ${large[1]} bytes; up to format 01 (Blender 5) ` +
        'can be read. Update Dropframe, or save the scene with an older Blender.',
    );
  return {
    version: checkedVersion(Number(large[3])),
    littleEndian: true,
    pointerBytes: 8,
    bytes: HEADER_BYTES,
    blockHeader: 'LargeBHead8',
  };
};

/** Before 2.50 the blocks mean something else. */
const checkedVersion = (version: number): number => {
  if (version >= 250) return version;
  throw new Fault(
    'UNSUPPORTED_SCENE',
    `The scene was saved by Blender ${version / 100}, older than 2.50. Open it in a newer Blender and save it again.`,
  );
};
