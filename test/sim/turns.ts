import type { Random } from './random.ts';

/**
 * Decides who goes on. Every port call waits here for its turn, one is let through at a time, in an order
 * that only the seed decides: so races happen, and happen again.
 */
export interface Turns {
  take(): Promise<void>;
  waiting(): number;
  /** Lets one waiting call through and waits until nothing moves any more. */
  release(): Promise<void>;
}

export function createTurns(random: Random): Turns {
  const line: (() => void)[] = [];
  return {
    take: () => new Promise((resolve) => line.push(resolve)),
    waiting: () => line.length,
    async release() {
      const [go] = line.splice(random.below(line.length), 1);
      go?.();
      await quiet();
    },
  };
}

/** Resolves once all microtasks have run, streams' own ones included. */
export const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
