import * as z from 'zod/mini';

const id = z.string().check(z.minLength(1), z.maxLength(128));

/** An object appeared in a bucket. `bucket` is Dropframe's name for it, not the cloud's. */
export const objectCreated = z.object({
  type: z.literal('object-created'),
  bucket: z.enum(['inbox', 'work']),
  key: z.string().check(z.minLength(1), z.maxLength(1024)),
});

/** Turn what has arrived for a shot (or an explicit request object) into a render. */
export const requestRender = z.object({
  type: z.literal('request-render'),
  /** Key of the request object in the work bucket. */
  requestKey: z.string(),
});

export const planRender = z.object({ type: z.literal('plan-render'), renderId: id });
export const dispatchSlices = z.object({ type: z.literal('dispatch-slices'), renderId: id });

/** A worker's last act: its report object exists. */
export const collectReport = z.object({
  type: z.literal('collect-report'),
  renderId: id,
  slice: z.int().check(z.nonnegative()),
  attempt: z.int().check(z.positive()),
});

export const assembleRender = z.object({ type: z.literal('assemble-render'), renderId: id });
export const publishRender = z.object({ type: z.literal('publish-render'), renderId: id });

/** A batch service says how the job of one slice ended. */
export const watchBatch = z.object({
  type: z.literal('watch-batch'),
  renderId: id,
  submission: z.string(),
  slice: z.int().check(z.nonnegative()),
  outcome: z.enum(['succeeded', 'failed', 'interrupted']),
  reason: z.string(),
});

export const sweepRenders = z.object({ type: z.literal('sweep-renders') });

export const message = z.discriminatedUnion('type', [
  objectCreated,
  requestRender,
  planRender,
  dispatchSlices,
  collectReport,
  assembleRender,
  publishRender,
  watchBatch,
  sweepRenders,
]);

export type Message = z.infer<typeof message>;
export type MessageOf<T extends Message['type']> = Extract<Message, { type: T }>;
