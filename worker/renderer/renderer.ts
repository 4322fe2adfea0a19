import type { Part } from '#shared/core/part.ts';
import type { Device, Format, Resolution } from '#shared/core/settings.ts';

/** Something a person should know although the frame is good. */
export interface FrameWarning {
  readonly code: string;
  readonly message: string;
}

/** What a renderer on this machine can do; published with every lease, matched against the scene. */
export interface Capabilities {
  /** `[3, 4, 1]` */
  readonly blender: readonly [number, number, number];
  readonly runs: 'blender' | 'bpy';
  readonly engines: readonly string[];
  readonly devices: readonly Device[];
  readonly denoisers: readonly string[];
  readonly features: readonly ('alembic' | 'usd' | 'osl' | 'openvdb')[];
  readonly sandbox: 'bubblewrap' | 'none';
}

/** The settings of a render as the driver applies them; absent = the scene's own. */
export interface FrameSettings {
  readonly resolution?: Resolution;
  readonly samples?: number;
  readonly format?: Format;
  readonly camera?: string;
  readonly viewLayer?: string;
  readonly device?: Device;
  readonly allowMissing?: boolean;
}

/** What the scene says once Blender has opened it with the settings applied. */
export interface OpenedScene {
  readonly engine: string;
  readonly width: number;
  readonly height: number;
  readonly fps: { readonly numerator: number; readonly denominator: number };
  /** Extension of the files that will be written, with the dot. */
  readonly extension: string;
  readonly format: Format;
  /** What the frames are really rendered on: one of `DEVICES`, or `opengl`. */
  readonly device: string;
  /** Something in the scene moves by itself: two frames alike would be suspicious. */
  readonly animated: boolean;
  /** Found in Blender, inside the sandbox, before anything was rendered. */
  readonly problems: readonly SceneProblem[];
}

export interface SceneProblem extends FrameWarning {
  /** `refuse`: frames would be wrong, rendering does not start (unless the settings allow it). */
  readonly severity: 'refuse' | 'warn';
}

export interface FrameJob {
  /** In the order to render them. */
  readonly frames: readonly number[];
  readonly part: Part;
  /** Also write an 8-bit file through the scene's own view transform where the frame is not one itself. */
  readonly preview: boolean;
}

export type FrameOutcome =
  | {
      readonly frame: number;
      readonly ok: true;
      /** On the host's file system, below the renderer's output directory. */
      readonly path: string;
      readonly preview?: string;
      readonly seconds: number;
      readonly warnings: readonly FrameWarning[];
    }
  | {
      readonly frame: number;
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      /** Rendering it again, anywhere, would end the same way. */
      readonly permanent: boolean;
    };

export interface RenderProgress {
  readonly frame: number;
  /** 0..1 within the frame, when the engine says so. */
  readonly done?: number;
  readonly note?: string;
}

/**
 * One warm Blender with one scene open. Every frame of a job ends in exactly one outcome, also when
 * Blender crashes, hangs or is killed; after a crash the remaining frames are rendered by a new process.
 */
export interface Renderer {
  readonly scene: OpenedScene;
  render(
    job: FrameJob,
    events: {
      onFrame(outcome: FrameOutcome): void;
      onProgress?(progress: RenderProgress): void;
      /** Abort: the current frame is given up, outcomes already told stay good. */
      signal?: AbortSignal;
    },
  ): Promise<void>;
  close(): Promise<void>;
}
