import type { Inlet } from '#shared/adapters/local/queue.ts';
import type { Clock, Log, Rejects } from '#shared/ports.ts';

export interface PumpOptions {
  readonly inlet: Inlet;
  readonly receive: (raw: unknown) => Promise<void>;
  readonly rejects: Rejects;
  readonly clock: Clock;
  readonly log: Log;
  /** How often to look for messages that another process sent. */
  readonly pollMs: number;
}

export interface Pump {
  start(): void;
  /** Something was sent: look at once. */
  nudge(): void;
  /** Takes nothing more; resolves when what was taken is finished. */
  stop(): Promise<void>;
}

const AT_ONCE = 8;
const HIDDEN_MS = 15 * 60_000;
const FIRST_DELAY_MS = 200;
const MOST_DELAY_MS = 30_000;
/** Then the message ends in the rejects: about an hour of trying. */
const MOST_DELIVERIES = 120;

/** Delivers messages to the use-cases on this machine: what queues and their triggers do on a cloud. */
export function createPump({ inlet, receive, rejects, clock, log, pollMs }: PumpOptions): Pump {
  const working = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let running = false;

  const deliver = async (id: number, body: string, deliveries: number): Promise<void> => {
    try {
      await receive(body);
      inlet.acknowledge(id);
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      if (deliveries >= MOST_DELIVERIES) {
        await rejects.send({
          subject: 'message',
          code: 'UNDELIVERABLE',
          message,
          raw: body,
          at: clock.now(),
        });
        inlet.acknowledge(id);
        return;
      }
      log.warn('a message will be tried again', { message, deliveries, body, stack });
      inlet.giveBack(id, Math.min(FIRST_DELAY_MS * 2 ** (deliveries - 1), MOST_DELAY_MS));
    }
  };

  const turn = (): void => {
    clearTimeout(timer);
    if (!running) return;
    try {
      deliverDue();
    } catch (error) {
      // A full disk, or another process holding the database for long, may pass.
      log.error('the queue cannot be read', { message: (error as Error).message });
      timer = setTimeout(turn, pollMs);
    }
  };
  const deliverDue = (): void => {
    for (const { id, body, deliveries } of inlet.take(AT_ONCE - working.size, HIDDEN_MS)) {
      const work = deliver(id, body, deliveries)
        // Neither done nor put back, as when the disk is full: it shows itself again when it is hidden no more.
        .catch(({ message }: Error) => log.error('a message could not be put back', { message, body }))
        .finally(() => {
          working.delete(work);
          turn();
        });
      working.add(work);
    }
    // With all hands full the next turn comes when one is free.
    if (working.size >= AT_ONCE) return;
    const due = (inlet.nextDue() ?? Number.POSITIVE_INFINITY) - clock.now();
    timer = setTimeout(turn, Math.min(Math.max(due, 1), pollMs));
  };

  return {
    start() {
      inlet.releaseAll();
      running = true;
      turn();
    },
    nudge() {
      if (running && working.size < AT_ONCE) setImmediate(turn);
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      while (working.size > 0) await Promise.allSettled(working);
    },
  };
}
