import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, lstat, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault } from '#shared/core/fault.ts';
import type { Body, ObjectInfo, ObjectStore } from '#shared/ports.ts';
import { listFiles, STAGING } from './list-files.ts';
import type { Presigner } from './presigner.ts';

export interface LocalObjectStore extends ObjectStore {
  /** Where the object is, for tools that take files; it may not exist. */
  pathOf(key: string): string;
}

/**
 * Objects as files below a folder. Whole or absent: a body is written beside and then linked (create-only)
 * or renamed into place, both atomic on one file system.
 */
export function createObjectStore(
  root: string,
  {
    presigner,
    onCreated,
  }: { readonly presigner: Presigner; readonly onCreated?: (key: string) => Promise<void> },
): LocalObjectStore {
  const pathOf = (key: string) => path.join(root, ...checkedKey(key));
  const writing = new Map<string, Promise<unknown>>();

  const head = async (key: string): Promise<ObjectInfo | undefined> => {
    // A link is no object, as in listings: it could lead anywhere.
    const found = await lstat(pathOf(key), { bigint: true }).catch(absent);
    return found?.isFile() ? infoOf(key, found) : undefined;
  };

  /** Conditional writes of one key happen one after the other: compare and swap need nothing in between. */
  const inTurn = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const before = writing.get(key) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(work);
    writing.set(key, mine);
    try {
      return await mine;
    } finally {
      if (writing.get(key) === mine) writing.delete(key);
    }
  };

  return {
    pathOf,
    head,
    async put(key, body, options = {}) {
      const target = pathOf(key);
      const staged = path.join(root, STAGING, randomUUID());
      await mkdir(path.dirname(staged), { recursive: true });
      try {
        await write(staged, body, options);
        await inTurn(key, async () => {
          if (options.ifMatch !== undefined && (await head(key))?.etag !== options.ifMatch) {
            throw new Fault('PRECONDITION_FAILED', `${key} is not the version that was to be replaced`);
          }
          await mkdir(path.dirname(target), { recursive: true });
          if (options.ifNoneMatch) await link(staged, target).catch(existing(key));
          else await rename(staged, target);
        });
      } finally {
        await rm(staged, { force: true });
      }
      await onCreated?.(key);
      return { etag: (await head(key))?.etag ?? '' };
    },
    async get(key, { range } = {}) {
      const info = await head(key);
      if (!info) return undefined;
      const [first, length] = range ?? [0, info.size];
      const end = Math.min(first + length, info.size) - 1;
      const body = end < first ? Readable.from([]) : createReadStream(pathOf(key), { start: first, end });
      return { body: Readable.toWeb(body) as ReadableStream<Uint8Array>, info };
    },
    async *list(prefix) {
      for await (const key of listFiles(root, prefix)) {
        const info = await head(key);
        if (info) yield info;
      }
    },
    async delete(key) {
      await rm(pathOf(key), { force: true });
    },
    presignGet: (key, { expiresInMs }) => presigner.get(key, expiresInMs),
    presignPut: async (key, { expiresInMs, size, sha256 }) => ({
      url: await presigner.put(key, expiresInMs, { size, sha256 }),
      headers: { 'content-type': 'application/octet-stream' },
    }),
  };
}

function checkedKey(key: string): readonly string[] {
  const names = key.split('/');
  const bad = names.some((name) => name === '' || name === '.' || name === '..');
  if (bad || names[0] === STAGING || key.includes('\0') || (path.sep === '\\' && key.includes('\\'))) {
    throw new Fault('INVALID_INPUT', `the key ${JSON.stringify(key.slice(0, 200))} is no key of an object`);
  }
  return names;
}

const infoOf = (
  key: string,
  { size, ino, mtimeNs }: { readonly size: bigint; readonly ino: bigint; readonly mtimeNs: bigint },
): ObjectInfo => ({
  key,
  size: Number(size),
  etag: `${ino}-${mtimeNs}-${size}`,
  modifiedAt: Number(mtimeNs / 1_000_000n),
});

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ENAMETOOLONG') return undefined;
  throw error;
}

const existing = (key: string) => (error: NodeJS.ErrnoException) => {
  if (error.code === 'EEXIST') throw new Fault('PRECONDITION_FAILED', `${key} exists already`);
  throw error;
};

/** Writes the body, checking what was promised of it on the way. */
async function write(
  file: string,
  body: Body,
  { size, sha256 }: { readonly size?: number; readonly sha256?: string },
): Promise<void> {
  const hash = createHash('sha256');
  let written = 0;
  const check = new Transform({
    transform(piece: Uint8Array, _, done) {
      written += piece.length;
      hash.update(piece);
      done(size !== undefined && written > size ? tooMuch(size) : null, piece);
    },
  });
  const source = body instanceof Uint8Array ? Readable.from([body]) : Readable.fromWeb(body as never);
  await pipeline(source, check, createWriteStream(file));
  if (size !== undefined && written !== size) {
    throw new Fault('INVALID_INPUT', `${written} bytes arrived, ${size} were announced`);
  }
  if (sha256 !== undefined && hash.digest('hex') !== sha256) {
    throw new Fault('INVALID_INPUT', `what arrived does not have the hash ${sha256}`);
  }
}

const tooMuch = (size: number): Fault =>
  new Fault('INVALID_INPUT', `more than the ${size} bytes that were announced arrived`);
