import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const HOST = hostname().replace(/[^A-Za-z0-9-]/g, '') || 'host';
const TOKEN = randomBytes(4).toString('hex');
/** An entry of another machine (a shared volume) cannot be asked for; after so long it is left over. */
const FOREIGN_LIFE_MS = 24 * 60 * 60 * 1000;
let count = 0;

/** A name that nobody else uses and that tells which process it belongs to. */
export const ownedName = (stem: string): string => `${stem}.${HOST}.${process.pid}.${TOKEN}.${count++}`;

/**
 * True while the process that made this name may still use the entry, and for every entry that is not
 * ours. The token tells a new process from a dead one of the same number: in containers the worker is
 * always process 1 or 7.
 */
export async function isInUse(directory: string, name: string): Promise<boolean> {
  const owner = /\.([A-Za-z0-9-]+)\.(\d+)\.([0-9a-f]{8})\.\d+$/.exec(name);
  if (!owner) return true;
  if (owner[1] === HOST) {
    const pid = Number(owner[2]);
    return pid === process.pid ? owner[3] === TOKEN : isRunning(pid);
  }
  const info = await stat(join(directory, name)).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs < FOREIGN_LIFE_MS;
}

/** Makes a directory for owned entries, without what dead processes have left in it. */
export async function openOwnedDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(directory)) {
    if (await isInUse(directory, name)) continue;
    await rm(join(directory, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
