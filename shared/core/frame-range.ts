/** `count` frames from `start`, `step` apart (never 0; negative when they run downwards). */
export interface FrameRun {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** An ordered list of distinct frame numbers, kept as runs: memory follows the runs, not the frames. */
export type FrameRange = readonly FrameRun[];
