import { Fault } from '../fault.ts';
import type { Spend } from './sift.ts';

/** About half a second, and at most a million runs. */
const MOST_STEPS = 2 ** 22;

/** A budget of steps for one expression; INVALID_FRAME_RANGE with the given reason once it is used up. */
export function createEffort(reason: string, steps = MOST_STEPS): Spend {
  let left = steps;
  return (spent) => {
    left -= spent;
    if (left < 0) throw new Fault('INVALID_FRAME_RANGE', reason);
  };
}
