import * as z from 'zod/mini';

/** The worker's side of a lease: who it is and what it can do. Sent with the grant as bearer token. */
export const leaseRequest = z.object({
  /** Which slice of the submission (0-based); the batch service tells the worker. */
  index: z.int().check(z.nonnegative()),
  /** Who works, and where: shown to people. */
  worker: z.string().check(z.minLength(1), z.maxLength(256)),
  /** Which execution of this child it is, from 1, where the batch service runs one at a time: a later one takes over. */
  run: z.int().check(z.positive()),
  capabilities: z.object({
    blender: z.tuple([z.int(), z.int(), z.int()]),
    runs: z.enum(['blender', 'bpy']),
    engines: z.array(z.string()),
    devices: z.array(z.string()),
    denoisers: z.array(z.string()),
    features: z.array(z.string()),
    sandbox: z.enum(['bubblewrap', 'none']),
  }),
});
export type LeaseRequest = z.infer<typeof leaseRequest>;

export const part = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('whole') }),
  z.object({
    kind: z.literal('tile'),
    column: z.int(),
    row: z.int(),
    columns: z.int(),
    rows: z.int(),
    overlap: z.int(),
  }),
  z.object({ kind: z.literal('samples'), offset: z.int(), count: z.int(), total: z.int() }),
]);

/** What one attempt has to do, and all that it needs for it. */
export const workOrder = z.object({
  renderId: z.string(),
  slice: z.int(),
  attempt: z.int(),
  /** For this attempt only: bearer of every later call. */
  grant: z.string(),
  leaseExpiresAt: z.int(),
  /** Call `/v1/lease/beat` at least this often. */
  beatMs: z.int(),
  scene: z.object({
    id: z.string(),
    /** Path of the scene file among `files`. */
    main: z.string(),
    files: z.array(z.object({ path: z.string(), size: z.int(), sha256: z.string(), url: z.string() })),
  }),
  /** Exactly what to render, in this order. */
  frames: z.array(z.int()),
  part,
  partIndex: z.int(),
  settings: z.object({
    resolution: z.exactOptional(
      z.union([z.object({ percent: z.number() }), z.object({ width: z.int(), height: z.int() })]),
    ),
    samples: z.exactOptional(z.int()),
    format: z.exactOptional(z.string()),
    camera: z.exactOptional(z.string()),
    viewLayer: z.exactOptional(z.string()),
    device: z.exactOptional(z.string()),
    allowMissing: z.exactOptional(z.boolean()),
  }),
  /** Encode a movie segment of the slice. */
  movie: z.boolean(),
  limits: z.object({
    /** Give a frame up when nothing moved for so long. */
    stallMs: z.int(),
    frameMs: z.int(),
    memoryBytes: z.int(),
    outputBytes: z.int(),
  }),
});
export type WorkOrder = z.infer<typeof workOrder>;

/** `POST /v1/lease` answers 200 with this. */
export const leaseAnswer = z.discriminatedUnion('answer', [
  z.object({ answer: z.literal('work'), order: workOrder }),
  /** Another attempt holds the lease: ask again then. */
  z.object({ answer: z.literal('wait'), retryAfterMs: z.int(), reason: z.string() }),
  /** Nothing left to do here: rendered, cancelled or taken over. */
  z.object({ answer: z.literal('nothing'), reason: z.string() }),
  /** This worker cannot render the scene; `reason` names what is missing. */
  z.object({ answer: z.literal('unfit'), reason: z.string() }),
]);
export type LeaseAnswer = z.infer<typeof leaseAnswer>;

/** `POST /v1/lease/beat`: still here. */
export const beatRequest = z.object({
  framesDone: z.int(),
  frame: z.exactOptional(z.int()),
  /** 0..1 of the current frame. */
  done: z.exactOptional(z.number()),
  note: z.exactOptional(z.string()),
});
export const beatAnswer = z.object({
  proceed: z.boolean(),
  leaseExpiresAt: z.int(),
  reason: z.exactOptional(z.string()),
});

/** `POST /v1/lease/uploads`: where to PUT these files of this attempt. Names are within the attempt. */
export const uploadsRequest = z.object({
  files: z.array(
    z.object({
      name: z.string().check(z.regex(/^[A-Za-z0-9._-]{1,128}$/)),
      size: z.int().check(z.nonnegative()),
      sha256: z.string(),
    }),
  ),
});
export const uploadsAnswer = z.object({
  files: z.array(
    z.object({
      name: z.string(),
      /** The object's key, for the report. */
      key: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
    }),
  ),
});
