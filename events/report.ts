import * as z from 'zod/mini';

const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
export const warning = z.object({ code: z.string(), message: z.string() });

/** An 8-bit picture of a frame through the scene's own view transform, where the frame itself is none. */
export const preview = z.object({ key: z.string(), size: z.int(), sha256 });

/** One verified frame (or part of one) that an attempt uploaded. */
export const reportedFrame = z.object({
  frame: z.int(),
  part: z.int(),
  key: z.string(),
  size: z.int(),
  /** Of the file. */
  sha256,
  /** Of the decoded pixels: the frame's identity. File bytes differ from run to run. */
  pixels: sha256,
  width: z.int(),
  height: z.int(),
  preview: z.exactOptional(preview),
  /** When nothing is to be seen; odd only beside frames that show something. */
  blank: z.exactOptional(z.enum(['black', 'transparent'])),
  seconds: z.number(),
  warnings: z.array(warning),
});

export const reportedFailure = z.object({
  frame: z.int(),
  part: z.int(),
  code: z.string(),
  message: z.string(),
  permanent: z.boolean(),
});

/** A run of a movie encoded by one attempt: exactly these frames, in increasing order. */
export const reportedSegment = z.object({
  key: z.string(),
  size: z.int(),
  sha256,
  frames: z.array(z.int()),
  width: z.int(),
  height: z.int(),
});

/**
 * What an attempt says it produced. Frames of the slice that are in neither list were not rendered
 * (`ended` says why) and are handed back.
 */
export const report = z.object({
  type: z.literal('report.v1'),
  renderId: z.string(),
  slice: z.int(),
  attempt: z.int(),
  worker: z.string(),
  /** `refused`: the scene must not be rendered as asked; no attempt would do better. */
  ended: z.enum(['finished', 'interrupted', 'failed', 'refused', 'cancelled']),
  reason: z.exactOptional(z.object({ code: z.string(), message: z.string() })),
  startedAt: z.int(),
  finishedAt: z.int(),
  renderer: z.exactOptional(z.object({ name: z.string(), version: z.string(), device: z.string() })),
  frames: z.array(reportedFrame),
  failures: z.array(reportedFailure),
  segment: z.exactOptional(reportedSegment),
  /** What the renderer printed, as text. */
  log: z.exactOptional(z.object({ key: z.string(), size: z.int() })),
  warnings: z.array(warning),
  fps: z.exactOptional(z.object({ numerator: z.int(), denominator: z.int() })),
  /** Something in the scene moves by itself: two frames alike would be suspicious. */
  animated: z.exactOptional(z.boolean()),
});

export type Report = z.infer<typeof report>;
export type ReportedFrame = z.infer<typeof reportedFrame>;
export type ReportedSegment = z.infer<typeof reportedSegment>;
