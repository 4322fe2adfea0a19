import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Resident memory of a process and everything below it, in bytes. Linux only: elsewhere, and for a
 * process that has just ended, 0. An address-space limit would be no substitute: Blender reserves far
 * more than it uses, and its loader fails under one.
 */
export async function residentBytes(pid: number): Promise<number> {
  const [status, children] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'latin1').catch(() => ''),
    readFile(`/proc/${pid}/task/${pid}/children`, 'latin1').catch(() => ''),
  ]);
  const own = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  const below = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map((id) => residentBytes(Number(id))),
  );
  return below.reduce((sum, bytes) => sum + bytes, own);
}

/** Bytes of all files below a folder; files that vanish meanwhile do not count. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      if (entry.isDirectory()) return folderBytes(path);
      return entry.isFile()
        ? stat(path).then(
            ({ size }) => size,
            () => 0,
          )
        : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
