import type { DatabaseSync } from 'node:sqlite';
import { messageText } from '#shared/core/message-text.ts';
import type { Clock, Queue } from '#shared/ports.ts';

/** A message on its way to a use-case. */
export interface Delivery {
  readonly id: number;
  readonly body: string;
  /** How often it has been handed out, this time included. */
  readonly deliveries: number;
}

/** The receiving side: what the clouds' services do for their functions, here done by the pump. */
export interface Inlet {
  /** Hides up to `count` due messages for `hiddenMs` and hands them out, oldest first. */
  take(count: number, hiddenMs: number): readonly Delivery[];
  acknowledge(id: number): void;
  /** Shows it again after `delayMs`. */
  giveBack(id: number, delayMs: number): void;
  /** When the next message is due, epoch ms; `undefined` when there is none. */
  nextDue(): number | undefined;
  /** A process that died holding messages lets go of them: called once, before anything is taken. */
  releaseAll(): void;
}

/** A queue in SQLite: a sent message outlives the process, and is delivered until it is acknowledged. */
export function createQueue(
  database: DatabaseSync,
  { clock, onSent }: { readonly clock: Clock; readonly onSent?: () => void },
): Queue & Inlet {
  const insert = database.prepare('INSERT INTO messages (body, visible_at) VALUES (?, ?)');
  const hide = database.prepare(
    `UPDATE messages SET visible_at = ?, deliveries = deliveries + 1 WHERE id IN (
       SELECT id FROM messages WHERE visible_at <= ? ORDER BY visible_at, id LIMIT ?)
     RETURNING id, body, deliveries`,
  );
  const remove = database.prepare('DELETE FROM messages WHERE id = ?');
  const show = database.prepare('UPDATE messages SET visible_at = ? WHERE id = ?');
  const due = database.prepare('SELECT min(visible_at) AS at FROM messages');
  const release = database.prepare('UPDATE messages SET visible_at = ? WHERE deliveries > 0');
  return {
    async send(message, { delayMs = 0 } = {}) {
      insert.run(messageText(message), clock.now() + delayMs);
      onSent?.();
    },
    take(count, hiddenMs) {
      const now = clock.now();
      return hide.all(now + hiddenMs, now, count) as unknown as Delivery[];
    },
    acknowledge(id) {
      remove.run(id);
    },
    giveBack(id, delayMs) {
      show.run(clock.now() + delayMs, id);
    },
    nextDue() {
      return (due.get()?.at as number | null) ?? undefined;
    },
    releaseAll() {
      release.run(clock.now());
    },
  };
}
