import { createHash } from 'node:crypto';
import type { Log, ObjectStore, Rejects } from '#shared/ports.ts';

/**
 * What nobody can process, as a file each in a folder: named after what it is about, so that a person finds
 * it. The same refusal of the same thing again is the same file.
 */
export function createRejects(folder: ObjectStore, log: Log): Rejects {
  return {
    async send({ subject, code, message, raw, at }) {
      // With its origin: two messages that fail with the same words are two, and neither may be lost.
      const told = JSON.stringify([subject, code, message, raw]);
      const digest = createHash('sha256').update(told).digest('hex').slice(0, 8);
      const name = subject
        .replace(/[^\p{L}\p{N}._-]+/gu, '_')
        .slice(-80)
        .replace(/^[\p{M}._]+|[\ud800-\udfff]+/gu, '');
      const text = JSON.stringify({ subject, code, message, at: new Date(at).toISOString(), raw }, null, 2);
      await folder.put(`${name || 'message'}.${digest}.json`, new TextEncoder().encode(`${text}\n`));
      log.warn('refused', { subject, code, message });
    },
  };
}
