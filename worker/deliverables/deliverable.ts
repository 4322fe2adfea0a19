import type { Manifest } from '#events/manifest.ts';
import type { DeliveredFile, Log } from '#shared/ports.ts';
import type { FrameSource } from './frame-source.ts';

export interface Warning {
  readonly code: string;
  readonly message: string;
}

/** Where deliverables are made. */
export interface DeliveryPlace {
  readonly manifest: Manifest;
  /** A path of this machine at which an object can be read. Where objects are files it is the object itself, and is never written to. */
  file(key: string): Promise<string>;
  /** For what is needed on the way; emptied by the caller. */
  readonly scratch: string;
  /** Where the files go. Only the caller gives this folder its final name, all at once. */
  readonly output: string;
  /** Start of every file's name: `sh010_v003`. */
  readonly base: string;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

export interface DeliveryContext extends DeliveryPlace {
  readonly frames: FrameSource;
  /** Says that something was delivered, but not quite as one would wish. Said once, however often. */
  warn(warning: Warning): void;
}

/**
 * Makes one kind of thing that people ask for, out of a manifest: writes files into `output` and tells
 * of each. It may be run again from the start; it reads objects and never changes them.
 */
export type Deliverable = (context: DeliveryContext) => Promise<readonly DeliveredFile[]>;
