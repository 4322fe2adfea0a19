import type { UnitRun } from './plan.ts';

/** Common to every event of the log: who did what, when and why. */
interface Logged {
  /** Epoch ms. */
  readonly at: number;
  /** The function, worker or person that caused it. */
  readonly who: string;
  readonly stream: string;
  readonly version: number;
}

export interface FrameFailure {
  readonly frame: number;
  readonly part: number;
  readonly code: string;
  readonly message: string;
  readonly permanent: boolean;
}

/** What happens to a render as a whole: stream `render`. */
export type RenderEvent =
  | {
      readonly type: 'requested';
      readonly shot: string;
      readonly name: string;
      readonly sceneKey: string;
      readonly requestKey: string;
      readonly why: string;
    }
  | { readonly type: 'waiting-inputs'; readonly missing: readonly string[] }
  | { readonly type: 'inputs-complete'; readonly sceneId: string; readonly shotVersion: number }
  | {
      readonly type: 'planned';
      readonly round: number;
      readonly units: number;
      readonly frameCount: number;
      readonly slices: number;
      readonly complete: boolean;
    }
  | {
      readonly type: 'dispatched';
      readonly submission: string;
      readonly pool: string;
      readonly slices: readonly UnitRun[];
    }
  | { readonly type: 'assembling'; readonly generation: number }
  | { readonly type: 'assembled'; readonly generation: number; readonly missing: number }
  | { readonly type: 'published'; readonly generation: number; readonly directory: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'cancelled'; readonly why: string }
  | { readonly type: 'retried'; readonly generation: number; readonly why: string };

/** What happens to one slice: stream `slice/<index>`, index padded to 6 digits. */
export type SliceEvent =
  | {
      readonly type: 'leased';
      readonly attempt: number;
      readonly worker: string;
      readonly generation: number;
      readonly leaseExpiresAt: number;
      readonly frames: number;
    }
  | {
      readonly type: 'reported';
      readonly attempt: number;
      readonly ended: string;
      readonly framesDone: number;
      readonly seconds: number;
      readonly failures: readonly FrameFailure[];
      readonly reason?: { readonly code: string; readonly message: string };
      readonly warnings: readonly { readonly code: string; readonly message: string }[];
    }
  | { readonly type: 'lost'; readonly attempt: number; readonly why: string }
  | {
      readonly type: 'requeued';
      readonly attempt: number;
      readonly submission: string;
      readonly why: string;
    };

/** What happens to a shot: subject `shot:<project>/<sequence>/<shot>`, stream `versions`. */
export type ShotEvent = {
  readonly type: 'version-taken';
  readonly shotVersion: number;
  readonly renderId: string;
};

export type LogEvent = (RenderEvent | SliceEvent | ShotEvent) & Logged;

export const PHASES = [
  'waiting-inputs',
  'planning',
  'rendering',
  'assembling',
  'publishing',
  'done',
  'incomplete',
  'failed',
  'cancelled',
] as const;
export type Phase = (typeof PHASES)[number];

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
