import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Log } from '#shared/ports.ts';

/** What the machine room says, one JSON object a line, in a file under the root: people get their own words. */
export function createFileLog(root: string): Log {
  mkdirSync(root, { recursive: true });
  const file = path.join(root, 'dropframe.log');
  const write = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    const line = JSON.stringify({ at: new Date().toISOString(), level, message, ...fields });
    try {
      appendFileSync(file, `${line}\n`);
    } catch {
      // On a full disk the log is what can be done without: the work must not end for want of it.
    }
  };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
