import { Fault } from '../fault.ts';

/** Bytes at any place of something that may be far away and too big to hold. */
export interface ByteSource {
  readonly size: number;
  /**
   * `length` bytes from `offset`; never asked beyond `size`. Fewer bytes mean a damaged scene. They may lie in
   * `scratch`, if given and large enough: memory that is used again for the next read saves half the time.
   */
  read(offset: number, length: number, scratch?: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Decompression, done outside of the core. Both throw, or return less, rather than exceed `maxBytes`. */
export interface Inflate {
  /** Exactly one zstd frame, whole. */
  zstdFrame(frame: Uint8Array, maxBytes: number): Uint8Array | Promise<Uint8Array>;
  /** The whole gzip stream, spooled wherever there is room (gzip knows no random access). */
  gzip(source: ByteSource, maxBytes: number): Promise<ByteSource>;
}

/** INVALID_SCENE, saying what is wrong, where, and what to do. */
export const damaged = (offset: number, what: string): Fault =>
  new Fault(
    'INVALID_SCENE',
    `The scene is damaged at byte ${offset}: ${what}. Copy it again, or open it in Blender and save it again.`,
    { details: { offset, what } },
  );

/** INVALID_SCENE for what grows more than a real scene does: a decompression bomb, or as good as one. */
export const tooBig = (size: number, maxBytes: number): Fault =>
  new Fault(
    'INVALID_SCENE',
    `The scene inflates to ${size} bytes or more; a file of its size may hold ${maxBytes}. ` +
      'Save it again in Blender, uncompressed.',
    { details: { size, maxBytes } },
  );

/** A source seen through one buffer that reads ahead: cheap for small reads that move forwards. */
export interface Window {
  readonly size: number;
  /** Makes `length` bytes from `offset` readable through `view`, or says that the scene is damaged. */
  load(offset: number, length: number): Promise<void>;
  /** True when these bytes are at hand, until the next `load`. */
  holds(offset: number, length: number): boolean;
  /** The bytes at hand; the file's byte `start()` is its byte 0. */
  view(): DataView;
  start(): number;
}

export const createWindow = (source: ByteSource, readAheadBytes: number): Window => {
  const scratch = new Uint8Array(Math.min(readAheadBytes, source.size));
  let view: DataView = new DataView(new ArrayBuffer(0));
  let start = 0;
  return {
    size: source.size,
    holds: (offset, length) => offset >= start && offset + length <= start + view.byteLength,
    view: () => view,
    start: () => start,
    async load(offset, length) {
      if (offset + length > source.size)
        throw damaged(offset, `it ends at byte ${source.size}, but ${length} more bytes are expected here`);
      const bytes = await source.read(
        offset,
        Math.min(Math.max(length, readAheadBytes), source.size - offset),
        scratch,
      );
      if (bytes.length < length) throw damaged(offset, `only ${bytes.length} of ${length} bytes can be read`);
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      start = offset;
    },
  };
};
