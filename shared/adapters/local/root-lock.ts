import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '#shared/core/fault.ts';
import { isBusy } from './database.ts';

/**
 * Makes this the one process that works on a root. The operating system holds the lock, so it ends with the
 * process, however that ends. BUSY while another process has it.
 */
export function lockRoot(root: string): { release(): void } {
  mkdirSync(root, { recursive: true });
  const database = new DatabaseSync(path.join(root, 'lock.sqlite'), { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw cause;
    throw new Fault(
      'BUSY',
      `another dropframe works on ${root}: drop the scene in its inbox or \`dropframe push\` it, or give another --root`,
      { cause },
    );
  }
  return { release: () => database.close() };
}
