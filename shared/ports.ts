import type { Manifest } from '#events/manifest.ts';
import type { Message } from '#events/messages.ts';
import type { UnitRun } from './core/plan.ts';
import type { LogEvent, RenderHead } from './core/render-events.ts';
import type { SceneFacts } from './core/scene-facts.ts';

export type EpochMs = number;
export interface Clock {
  now(): EpochMs;
}

export interface ObjectInfo {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: EpochMs;
}

export type Body = Uint8Array | ReadableStream<Uint8Array>;

/**
 * Whole objects under keys (an S3 bucket, a blob container, a folder).
 * Guarantee: a reader sees an object absent or whole, never half-written.
 */
export interface ObjectStore {
  /**
   * Writes an object. `ifNoneMatch: '*'` creates only; `ifMatch` replaces only that version; otherwise
   * PRECONDITION_FAILED. `sha256` (hex), when given, is checked against what arrived: INVALID_INPUT.
   */
  put(
    key: string,
    body: Body,
    options?: {
      readonly ifNoneMatch?: '*';
      readonly ifMatch?: string;
      readonly contentType?: string;
      readonly sha256?: string;
      readonly size?: number;
    },
  ): Promise<{ readonly etag: string }>;
  /** `undefined` when there is none. `range` is `[first byte, length]`, clipped to the object. */
  get(
    key: string,
    options?: { readonly range?: readonly [first: number, length: number] },
  ): Promise<{ readonly body: ReadableStream<Uint8Array>; readonly info: ObjectInfo } | undefined>;
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Every object whose key starts with `prefix`, in key order; hides paging. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Quiet when there is none. */
  delete(key: string): Promise<void>;
  /** A URL that reads one object for `expiresInMs`, without further credentials. */
  presignGet(key: string, options: { readonly expiresInMs: number }): Promise<string>;
  /** A URL that creates one object (create-only), of exactly this size and hash. */
  presignPut(
    key: string,
    options: { readonly expiresInMs: number; readonly size: number; readonly sha256: string },
  ): Promise<{ readonly url: string; readonly headers: Record<string, string> }>;
}

/** Counts of distinct units, never of messages. */
export interface Tally {
  readonly planned: number;
  readonly done: number;
  readonly failed: number;
}

export interface Pulse {
  readonly slice: number;
  readonly attempt: number;
  readonly worker: string;
  readonly framesDone: number;
  readonly frame?: number;
  readonly done?: number;
  readonly note?: string;
  readonly at: EpochMs;
  readonly leaseExpiresAt: EpochMs;
}

/**
 * The event log of every render, and the sets of units that are done or failed.
 * Guarantee: events of a stream are appended at the expected version or not at all; adding to a set is
 * idempotent and commutative, and of all callers racing on a version exactly one wins.
 */
export interface RenderStore {
  /**
   * Appends to a stream of a subject (a render id, or `shot:…`) if it holds exactly `expected` events;
   * false when it does not. `head`, when given, replaces the subject's entry in `list` atomically.
   */
  append(
    subject: string,
    stream: string,
    expected: number,
    events: readonly LogEvent[],
    head?: RenderHead,
  ): Promise<boolean>;
  /** The events of one stream, or (without `stream`) of all streams of the subject, ordered by stream then version. */
  read(subject: string, stream?: string): Promise<readonly LogEvent[]>;
  list(filter?: {
    readonly phases?: readonly string[];
    readonly shot?: string;
    readonly changedBefore?: EpochMs;
  }): AsyncIterable<RenderHead>;
  /**
   * Adds units to the sets of a render. Done beats failed, in either order. A failed unit counts for its
   * generation only: a retried render starts the next generation with no failed unit. `planned` comes
   * with the first answer and is kept. Units at or beyond `planned` are INVALID_INPUT.
   */
  answer(renderId: string, answer: Answer): Promise<Tally>;
  /** Which of these units are done, as runs; for leases and assembly. */
  doneUnits(renderId: string, within: UnitRun): Promise<readonly UnitRun[]>;
  /** Keeps the last pulse of a slice; not logged. */
  pulse(renderId: string, pulse: Pulse): Promise<void>;
  pulses(renderId: string): Promise<readonly Pulse[]>;
}

export interface Answer {
  readonly planned: number;
  readonly generation: number;
  readonly done?: readonly UnitRun[];
  readonly failed?: readonly UnitRun[];
}

/** Guarantee: a sent message is delivered at least once, in any order, until it is acknowledged or rejected. */
export interface Queue {
  send(message: Message, options?: { readonly delayMs?: number }): Promise<void>;
}

/** What nobody can process, with the reason in words a person can act on. */
export interface Rejects {
  send(reject: {
    readonly subject: string;
    readonly code: string;
    readonly message: string;
    readonly raw?: unknown;
    readonly at: EpochMs;
  }): Promise<void>;
}

/** One array job or task collection: `count` slices from `firstSlice`. */
export interface Submission {
  /** Derived; submitting the same id twice is one submission. */
  readonly id: string;
  readonly renderId: string;
  /** First slice and how many; child `i` renders slice `first + i`. */
  readonly slices: UnitRun;
  /** Bearer for the lease call of every child. */
  readonly grant: string;
  readonly priority: number;
  /** Workers that should not get these slices if others can. */
  readonly avoid?: readonly string[];
  readonly gpuMemoryMiB?: number;
  readonly sceneId: string;
}

export interface PoolCapabilities {
  readonly blender: readonly [number, number, number];
  readonly devices: readonly string[];
  readonly slots: number;
}

/** A GPU batch queue. Guarantee: a submission accepted once runs each of its slices at least once. */
export interface BatchPool {
  readonly name: string;
  submit(submission: Submission): Promise<void>;
  /** Stops what runs and forgets what waits; quiet when nothing does. */
  terminate(renderId: string, reason: string): Promise<void>;
  /** Slices of the render that wait or run in the pool now; what is not listed ended or was never there. */
  active(renderId: string): Promise<readonly { readonly submission: string; readonly slice: number }[]>;
  /** What every worker of the pool can do, and how many work at once; `undefined` when nobody knows yet. */
  capabilities(): Promise<PoolCapabilities | undefined>;
}

export interface SceneFiles {
  /** What a scene object says of itself; INVALID_SCENE for what is no readable scene, NOT_FOUND when absent. */
  facts(bucket: 'inbox' | 'work', key: string): Promise<SceneFacts>;
  /** Copies an object of the inbox into the work bucket under its content's hash; cheap when it was done before. */
  ingest(inboxKey: string): Promise<{ readonly sha256: string; readonly size: number }>;
}

export interface DeliveredFile {
  /** Relative to the deliverables' place. */
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * Makes what people asked for out of a manifest.
 * Guarantee: `publish` shows all files under their final names at once, or none; both may be repeated.
 */
export interface Deliveries {
  make(manifest: Manifest, wanted: readonly string[]): Promise<readonly DeliveredFile[]>;
  /** The place people look at, e.g. a folder. */
  publish(manifest: Manifest, files: readonly DeliveredFile[]): Promise<{ readonly place: string }>;
}

/** Signs and checks grants. Guarantee: `verify` returns only what `sign` was given, unexpired; else FORBIDDEN. */
export interface Signer {
  sign(payload: Record<string, unknown>, expiresAt: EpochMs): Promise<string>;
  verify(token: string): Promise<Record<string, unknown>>;
}

/** All that use-cases may call; each takes the few that it needs. */
export interface Ports {
  readonly clock: Clock;
  readonly inbox: ObjectStore;
  readonly work: ObjectStore;
  readonly scenes: SceneFiles;
  readonly renders: RenderStore;
  readonly queue: Queue;
  readonly rejects: Rejects;
  readonly pool: BatchPool;
  readonly deliveries: Deliveries;
  readonly signer: Signer;
  readonly log: Log;
}

export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
