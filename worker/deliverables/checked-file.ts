import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '#shared/core/fault.ts';
import type { DeliveredFile } from '#shared/ports.ts';
import { hashFile } from '#worker/hash-file.ts';

interface StoredObject {
  readonly key: string;
  readonly size: number;
  readonly sha256: string;
}

/** The path of an object whose bytes are those that its worker verified; BROKEN_FRAME when they are not. */
export async function checkedFile(
  { key, size, sha256 }: StoredObject,
  file: (key: string) => Promise<string>,
): Promise<string> {
  const path = await file(key);
  const found = (await stat(path)).size;
  if (found !== size)
    throw new Fault('BROKEN_FRAME', `${key} has ${found} bytes, the manifest says ${size}.`);
  if ((await hashFile(path)) === sha256) return path;
  throw new Fault('BROKEN_FRAME', `${key} has changed since it was verified: its SHA-256 is not ${sha256}.`);
}

/** What to tell of a file that was written to `directory`. */
export async function deliveredFile(directory: string, name: string): Promise<DeliveredFile> {
  const path = join(directory, name);
  return { name, size: (await stat(path)).size, sha256: await hashFile(path) };
}

export const cancelled = (): Fault => new Fault('CANCELLED', 'Making the deliverables was cancelled.');
