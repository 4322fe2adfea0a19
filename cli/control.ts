import type { Report } from '#events/report.ts';
import type { Plan, UnitRun } from '#shared/core/plan.ts';
import type { LogEvent, RenderHead } from '#shared/core/render-events.ts';
import type { RenderSettings } from '#shared/core/settings.ts';
import type { EpochMs, Pulse, Tally } from '#shared/ports.ts';
import type { CollectedScene } from './collect-scene.ts';

/** Where one Dropframe on this machine keeps what it has. Absolute paths. */
export interface Place {
  /** State: database, work bucket, scratch. */
  readonly root: string;
  readonly inbox: string;
  readonly output: string;
}

/** All that is known of one render, read at one moment. */
export interface RenderRecord {
  readonly renderId: string;
  /** Of all streams, each in order of version. */
  readonly events: readonly LogEvent[];
  /** Absent until planned. */
  readonly plan?: Plan;
  readonly tally?: Tally;
  readonly doneUnits: readonly UnitRun[];
  /** The last pulse of each slice that is being rendered. */
  readonly pulses: readonly Pulse[];
}

export interface RenderRequest {
  readonly scene: CollectedScene;
  /** `project/sequence/shot`. */
  readonly shot: string;
  /** Of the scene, without version and extension. */
  readonly name: string;
  readonly askedVersion?: number;
  /** With every layer merged. */
  readonly settings: RenderSettings;
  readonly why: string;
}

/** What nobody could process: it became no render. */
export interface Refusal {
  readonly subject: string;
  readonly code: string;
  readonly message: string;
  readonly at: EpochMs;
}

/** What the commands need of a Dropframe, running or not: its renders, and a way to say what is wanted. */
export interface Control {
  /** The same scene with the same settings is one render: asking again gives its id again. */
  submit(request: RenderRequest): Promise<{ readonly renderId: string }>;
  /** In no particular order. */
  list(): Promise<readonly RenderHead[]>;
  /** In no particular order. */
  rejects(): Promise<readonly Refusal[]>;
  read(renderId: string): Promise<RenderRecord | undefined>;
  /** The reports of one slice that exist. */
  reports(renderId: string, slice: number): Promise<readonly Report[]>;
  /** What the renderer printed during an attempt; `undefined` when nothing was kept. */
  rendererLog(report: Report): Promise<string | undefined>;
  /** Quiet when it is cancelled already; CONFLICT when it ended otherwise. */
  cancel(renderId: string, why: string): Promise<void>;
  /** Only the frames that failed or are missing; CONFLICT when none did. */
  retry(renderId: string, why: string): Promise<void>;
  close(): Promise<void>;
}

export interface RunOptions {
  /** Absent: as many as suit the machine. */
  readonly workers?: number;
  /** Absent: no HTTP server for others; 0: any free port. */
  readonly port?: number;
  readonly watchInbox: boolean;
  readonly allowUnsandboxed: boolean;
  /** Path of the `blender` program; absent: look for it. */
  readonly blender?: string;
}

/** A Dropframe that works in this process. */
export interface Running {
  readonly control: Control;
  /** Of the HTTP API; for links and other programs. */
  readonly url: string;
  readonly workers: number;
  /** Resolves once all attempts have handed back what they had and nothing runs any more. */
  stop(why: string): Promise<void>;
}

/** The local profile, as the commands see it. */
export interface Local {
  /** Reads and asks; nothing runs in this process. */
  open(place: Place): Promise<Control>;
  run(place: Place, options: RunOptions): Promise<Running>;
}
