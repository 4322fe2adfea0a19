import type { UnitRun } from './plan.ts';
import type { RenderSettings } from './settings.ts';

/** Common to every event of the log: who did what, when and why. */
interface Logged {
  /** Epoch ms. */
  readonly at: number;
  /** The function, worker or person that caused it. */
  readonly who: string;
  readonly stream: string;
  readonly version: number;
}

export interface Reason {
  readonly code: string;
  readonly message: string;
}

export interface FrameFailure extends Reason {
  readonly frame: number;
  readonly part: number;
  readonly permanent: boolean;
}

/** What happens to a render as a whole: stream `render`. */
export type RenderEvent =
  | {
      readonly type: 'requested';
      readonly shot: string;
      /** The scene file's name without version and extension. */
      readonly name: string;
      /** The version that the name asked for. */
      readonly askedVersion?: number;
      /** Where the scene was dropped; absent when it came through the API. */
      readonly inboxKey?: string;
      readonly settings: RenderSettings;
      readonly why: string;
    }
  | { readonly type: 'waiting-inputs'; readonly missing: readonly string[] }
  | {
      readonly type: 'inputs-complete';
      readonly sceneId: string;
      readonly shotVersion: number;
      readonly note?: string;
    }
  | {
      readonly type: 'planned';
      readonly round: number;
      /** Frames times parts, over all rounds. */
      readonly units: number;
      readonly frameCount: number;
      /** Slices so far. */
      readonly slices: number;
      readonly complete: boolean;
      readonly warnings: readonly Reason[];
    }
  | {
      readonly type: 'dispatched';
      readonly submission: string;
      readonly pool: string;
      /** First slice and how many. */
      readonly slices: UnitRun;
    }
  | { readonly type: 'assembling'; readonly holder: string; readonly leaseExpiresAt: number }
  | {
      readonly type: 'assembled';
      readonly manifestKey: string;
      readonly frames: number;
      readonly missing: number;
    }
  | { readonly type: 'published'; readonly place: string; readonly files: readonly string[] }
  | ({ readonly type: 'failed' } & Reason)
  | { readonly type: 'cancelled'; readonly why: string }
  | { readonly type: 'retried'; readonly why: string };

/** What happens to one slice: stream `slice/<index>`, index padded to 6 digits. */
export type SliceEvent =
  | {
      readonly type: 'leased';
      readonly attempt: number;
      readonly worker: string;
      readonly submission: string;
      /** Which execution of the submission's child this is, from 1. */
      readonly run: number;
      readonly generation: number;
      readonly leaseExpiresAt: number;
      readonly frames: number;
    }
  | {
      readonly type: 'reported';
      readonly attempt: number;
      readonly worker: string;
      readonly ended: 'finished' | 'interrupted' | 'failed' | 'refused' | 'cancelled';
      readonly framesDone: number;
      readonly seconds: number;
      readonly failures: readonly FrameFailure[];
      readonly reason?: Reason;
      readonly warnings: readonly Reason[];
    }
  /** The attempt will never report: its process or machine is gone. */
  | {
      readonly type: 'lost';
      /** 0 when the submission's process ended before it leased anything. */
      readonly attempt: number;
      readonly submission: string;
      readonly generation: number;
      readonly why: string;
    }
  | {
      readonly type: 'requeued';
      readonly submission: string;
      readonly generation: number;
      readonly why: string;
    };

/** What happens to a shot: subject `shot:<project>/<sequence>/<shot>`, stream `versions`. */
export type ShotEvent = {
  readonly type: 'version-taken';
  readonly shotVersion: number;
  readonly renderId: string;
};

export type AnyEvent = RenderEvent | SliceEvent | ShotEvent;
export type LogEvent = AnyEvent & Logged;

export type Phase =
  | 'waiting-inputs'
  | 'planning'
  | 'rendering'
  | 'assembling'
  | 'publishing'
  | 'done'
  | 'incomplete'
  | 'failed'
  | 'cancelled';

/** What `list` shows of a render; a fold of its log, kept beside it. */
export interface RenderHead {
  readonly renderId: string;
  readonly shot: string;
  readonly name: string;
  readonly shotVersion: number;
  readonly phase: Phase;
  readonly createdAt: number;
  readonly changedAt: number;
}
