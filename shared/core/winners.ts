import { unitKey } from './slice-state.ts';

interface Placed {
  readonly frame: number;
  readonly part: number;
}

interface AttemptFrames<F extends Placed> {
  readonly slice: number;
  readonly attempt: number;
  readonly worker: string;
  readonly frames: readonly F[];
}

export type Winner<F extends Placed> = F & {
  readonly slice: number;
  readonly attempt: number;
  readonly worker: string;
};

/**
 * Which attempt's frame counts: for every (frame, part) that of the lowest slice, then the lowest attempt.
 * The same reports in any order, any number of times, give the same winners. In order of frame, then part.
 */
export function chooseWinners<F extends Placed>(reports: Iterable<AttemptFrames<F>>): Winner<F>[] {
  const winners = new Map<string, Winner<F>>();
  for (const { slice, attempt, worker, frames } of reports) {
    for (const frame of frames) {
      const key = unitKey(frame.frame, frame.part);
      const held = winners.get(key);
      if (held && (held.slice < slice || (held.slice === slice && held.attempt <= attempt))) continue;
      winners.set(key, { ...frame, slice, attempt, worker });
    }
  }
  return [...winners.values()].sort((a, b) => a.frame - b.frame || a.part - b.part);
}
