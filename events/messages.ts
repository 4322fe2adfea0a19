import * as z from 'zod/mini';

// The small zod knows no words until it is given a language; rejects are read by people.
z.config(z.locales.en());

const id = z.string().check(z.minLength(1), z.maxLength(128));
const index = z.int().check(z.nonnegative());
const run = z.tuple([index, z.int().check(z.positive())]);

/** An object appeared in the inbox, whole. Its shot is looked at again. */
export const objectCreated = z.object({
  type: z.literal('object-created'),
  key: z.string().check(z.minLength(1), z.maxLength(1024)),
});

export const planRender = z.object({ type: z.literal('plan-render'), renderId: id });

/** Send to a pool what no submission covers; of `slices`, also those that have to be tried again. */
export const dispatchSlices = z.object({
  type: z.literal('dispatch-slices'),
  renderId: id,
  slices: z.exactOptional(z.array(run).check(z.maxLength(1000))),
});

/** A worker's last act: its report object exists. */
export const collectReport = z.object({
  type: z.literal('collect-report'),
  renderId: id,
  slice: index,
  attempt: z.int().check(z.positive()),
});

export const assembleRender = z.object({ type: z.literal('assemble-render'), renderId: id });
export const publishRender = z.object({ type: z.literal('publish-render'), renderId: id });

/** A batch service says how the process for one slice ended. */
export const watchBatch = z.object({
  type: z.literal('watch-batch'),
  renderId: id,
  slice: index,
  submission: z.string(),
  outcome: z.enum(['succeeded', 'failed', 'interrupted']),
  reason: z.string(),
});

/** Repair whatever an event failed to say. */
export const sweepRenders = z.object({ type: z.literal('sweep-renders') });

export const message = z.discriminatedUnion('type', [
  objectCreated,
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
