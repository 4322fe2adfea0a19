import { createHash } from 'node:crypto';
import type { Log, ObjectStore, Rejects } from '#shared/ports.ts';

/**
 * What nobody can process, as a file each in a folder: named after what it is about, so that a person finds
 * it. The same refusal again is the same file.
 */
export function createRejects(folder: ObjectStore, log: Log): Rejects {
  return {
    async send({ subject, code, message, raw, at }) {
      const digest = createHash('sha256').update(`${subject}\n${code}\n${message}`).digest('hex').slice(0, 8);
      const name = subject
        .replace(/[^\p{L}\p{N}._-]+/gu, '_')
        .replace(/^[._]+/, '')
        .slice(-80);
      const text = JSON.stringify({ subject, code, message, at: new Date(at).toISOString(), raw }, null, 2);
      await folder.put(`${name || 'message'}.${digest}.json`, new TextEncoder().encode(`${text}\n`));
      log.warn('refused', { subject, code, message });
    },
  };
}
