import type { RunResult } from './worker.ts';

/**
 * What a worker's process tells the batch service. The numbers are those of sysexits(3) where it has one.
 *
 * | code | meaning | run again? |
 * |---|---|---|
 * | 0 | done and reported, refused, cancelled, or nothing to do | no |
 * | 1 | failed, or what was done could not be reported | yes, as often as one allows failures |
 * | 2 | the environment is wrong | no |
 * | 69 | this machine cannot render the scene | elsewhere |
 * | 75 | stopped from outside; the rest is handed back | yes |
 */
export const EXIT = { done: 0, failed: 1, usage: 2, unfit: 69, handedBack: 75 } as const;

export function exitCodeOf(result: RunResult): number {
  if (!('ended' in result)) return UNLEASED[result.outcome];
  if (result.ended === 'failed') return EXIT.failed;
  if (result.ended === 'interrupted') return EXIT.handedBack;
  return result.outcome === 'unreported' && result.ended !== 'cancelled' ? EXIT.failed : EXIT.done;
}

const UNLEASED = {
  nothing: EXIT.done,
  unfit: EXIT.unfit,
  stopped: EXIT.handedBack,
  failed: EXIT.failed,
} as const;
