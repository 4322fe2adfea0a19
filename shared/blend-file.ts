import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readScene } from './core/blend/read-scene.ts';
import { type ByteSource, damaged, type Inflate, tooBig } from './core/blend/source.ts';
import { Fault } from './core/fault.ts';
import type { SceneFacts } from './core/scene-facts.ts';
import type { ObjectStore } from './ports.ts';

/** A local disk skips cheaply: read little, and read on only where something is. */
const FILE_READ_AHEAD_BYTES = 32 * 1024;
/** An object store answers each read in tens of milliseconds: read pages of a megabyte, and keep some. */
const PAGE_BYTES = 2 ** 20;
const KEPT_PAGES = 32;
const OBJECT_READ_AHEAD_BYTES = 64 * 1024;
const NO_BYTES = new Uint8Array();
const GUNZIP_CHUNK_BYTES = 2 ** 20;

/**
 * What a scene file on this machine says of itself, without Blender and without reading it whole.
 * Throws NOT_FOUND, INVALID_SCENE or UNSUPPORTED_SCENE.
 */
export async function readSceneFile(file: string): Promise<SceneFacts> {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, 'r');
  } catch (cause) {
    throw new Fault('NOT_FOUND', `${file}: ${reasonOf(cause)}`, { cause });
  }
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile()) throw new Fault('INVALID_SCENE', `${file} is no file. Give the .blend file itself.`);
    return await readFrom(fileSource(descriptor, stat.size), FILE_READ_AHEAD_BYTES);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The same for a scene in an object store, read in ranges. Throws NOT_FOUND when there is no such object. */
export async function readSceneObject(
  objects: Pick<ObjectStore, 'get' | 'head'>,
  key: string,
): Promise<SceneFacts> {
  const info = await objects.head(key);
  if (!info) throw new Fault('NOT_FOUND', `${key}: there is no such object`);
  return readFrom(objectSource(objects, key, info.size), OBJECT_READ_AHEAD_BYTES);
}

async function readFrom(source: ByteSource, readAheadBytes: number): Promise<SceneFacts> {
  const opened: { close(): void }[] = [];
  try {
    return await readScene(source, createInflate(opened), { readAheadBytes });
  } finally {
    for (const spool of opened) spool.close();
  }
}

function fileSource(descriptor: number, size: number): ByteSource {
  return {
    size,
    read(offset, length, scratch = NO_BYTES) {
      const bytes = scratch.length < length ? Buffer.allocUnsafeSlow(length) : scratch;
      // A regular file gives all that it has.
      return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, length, offset));
    },
  };
}

/** Whole pages, the latest kept, so that reading on and looking again cost nothing. */
function objectSource(objects: Pick<ObjectStore, 'get'>, key: string, size: number): ByteSource {
  const pages = new Map<number, Uint8Array>();
  const page = async (index: number): Promise<Uint8Array> => {
    const kept = pages.get(index);
    if (kept) return kept;
    const first = index * PAGE_BYTES;
    const found = await objects.get(key, { range: [first, Math.min(PAGE_BYTES, size - first)] });
    if (!found) throw new Fault('NOT_FOUND', `${key}: the object went away while it was read`);
    const pieces: Uint8Array[] = [];
    for await (const piece of found.body) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    pages.set(index, bytes);
    if (pages.size > KEPT_PAGES) pages.delete(pages.keys().next().value!);
    return bytes;
  };
  return {
    size,
    async read(offset, length) {
      const parts: Uint8Array[] = [];
      for (let at = offset; at < offset + length; ) {
        const index = Math.floor(at / PAGE_BYTES);
        const part = (await page(index)).subarray(
          at - index * PAGE_BYTES,
          offset + length - index * PAGE_BYTES,
        );
        if (part.length === 0) break;
        parts.push(part);
        at += part.length;
      }
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    },
  };
}

/** Decompression by Node's zlib, loaded only for compressed scenes: it costs some milliseconds. */
function createInflate(opened: { close(): void }[]): Inflate {
  return {
    async zstdFrame(frame, maxBytes) {
      const { zstdDecompressSync } = await import('node:zlib');
      return zstdDecompressSync(frame, { maxOutputLength: maxBytes });
    },
    async gzip(source, maxBytes) {
      const spool = createSpool();
      opened.push(spool);
      let size = 0;
      try {
        for await (const piece of await gunzipped(source)) {
          size += piece.length;
          if (size > maxBytes) throw tooBig(size, maxBytes);
          fs.writeSync(spool.descriptor, piece);
        }
      } catch (cause) {
        if (cause instanceof Fault) throw cause;
        throw new Fault('INVALID_SCENE', damaged(0, `its gzip data is broken (${reasonOf(cause)})`).message, {
          cause,
        });
      }
      return fileSource(spool.descriptor, size);
    },
  };
}

async function gunzipped(source: ByteSource): Promise<AsyncIterable<Uint8Array>> {
  const [{ createGunzip }, { Readable, pipeline }] = await Promise.all([
    import('node:zlib'),
    import('node:stream'),
  ]);
  async function* compressed() {
    for (let offset = 0; offset < source.size; offset += GUNZIP_CHUNK_BYTES)
      yield await source.read(offset, Math.min(GUNZIP_CHUNK_BYTES, source.size - offset));
  }
  // Errors reach the reader of the last stream; the callback only keeps them from being thrown elsewhere.
  return pipeline(Readable.from(compressed()), createGunzip({ chunkSize: 2 ** 18 }), () => {});
}

/** gzip cannot be read at random places, and need not fit the memory: a file that nobody else sees. */
function createSpool(): { readonly descriptor: number; close(): void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dropframe-scene-'));
  const descriptor = fs.openSync(path.join(folder, 'inflated'), 'w+', 0o600);
  return {
    descriptor,
    close() {
      fs.closeSync(descriptor);
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
