import { createHash, hash as hashOf } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** Files up to this size are read at once: a stream of their own would cost more than their bytes. */
const AT_ONCE_BYTES = 4 * 1024 * 1024;

/** SHA-256 of a file's bytes, in hex. */
export async function hashFile(path: string): Promise<string> {
  if ((await stat(path)).size <= AT_ONCE_BYTES) return hashOf('sha256', await readFile(path), 'hex');
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
