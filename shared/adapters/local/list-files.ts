import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Half-written objects live here until they are whole; no listing shows it. */
export const STAGING = '.staging';

/**
 * The keys of all plain files below a folder that start with `prefix`, in the order that object storage
 * lists them: by UTF-8 bytes, a folder sorting as its name and a slash. Links are no objects.
 */
export async function* listFiles(root: string, prefix: string): AsyncGenerator<string> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walk(root, folder, prefix);
}

async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<string> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
      throw error;
    },
  );
  const names = entries
    .filter((entry) => entry.isFile() || (entry.isDirectory() && !(folder === '' && entry.name === STAGING)))
    .map((entry) => folder + entry.name + (entry.isDirectory() ? '/' : ''))
    .filter((name) => name.startsWith(prefix) || (name.endsWith('/') && prefix.startsWith(name)))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const name of names) {
    if (name.endsWith('/')) yield* walk(root, name, prefix);
    else yield name;
  }
}
