import type { WorkOrder } from '#events/lease.ts';
import type { Report, ReportedFrame, ReportedSegment } from '#events/report.ts';
import { Fault } from '#shared/core/fault.ts';
import { checkFrames } from '#shared/core/frame-checks.ts';
import type { EpochMs } from '#shared/ports.ts';
import type { Beat } from '#worker/lease/lease-client.ts';
import type { FrameWarning, OpenedScene, RenderProgress } from '#worker/renderer/renderer.ts';
import { createRendererLog, type RendererLog } from './renderer-log.ts';

type Failure = Omit<Report['failures'][number], 'part'>;
type Reason = NonNullable<Report['reason']>;

export interface SettledFrame {
  readonly reported: ReportedFrame;
  /** What of it goes into the movie. */
  readonly movieFile: string;
}

/** What one attempt knows so far. Every frame of the order ends in `frames`, in `failures`, or is handed back. */
export interface Attempt {
  readonly order: WorkOrder;
  /** Verified and uploaded. */
  readonly frames: Map<number, SettledFrame>;
  readonly failures: Map<number, Failure>;
  readonly warnings: FrameWarning[];
  readonly log: RendererLog;
  /** Where `log` was uploaded to. */
  logFile?: { readonly key: string; readonly size: number };
  scene?: OpenedScene;
  segment?: ReportedSegment;
  progress?: RenderProgress;
  /** What the worker is at when it does not render. */
  note: string;
  refused?: Reason;
  failed?: Reason;
}

export const createAttempt = (order: WorkOrder): Attempt => ({
  order,
  frames: new Map(),
  failures: new Map(),
  warnings: [],
  log: createRendererLog(),
  note: 'fetching the scene',
});

/** Frames of the order that nothing is known of yet, in its order. */
export const openFrames = ({ order, frames, failures }: Attempt): number[] =>
  order.frames.filter((frame) => !frames.has(frame) && !failures.has(frame));

export function beatOf({ frames, progress, note }: Attempt): Beat {
  const said = progress?.note ?? note;
  return {
    framesDone: frames.size,
    ...(progress && { frame: progress.frame }),
    ...(progress?.done !== undefined && { done: progress.done }),
    ...(said && { note: said }),
  };
}

/** An error in the words of a report. */
export function reasonOf(error: unknown): Reason {
  if (error instanceof Fault) return { code: error.code, message: error.message };
  const { code, message } = error as NodeJS.ErrnoException;
  return { code: code ?? 'UNEXPECTED', message: message ?? String(error) };
}

export interface Ending {
  readonly worker: string;
  /** Of Blender. */
  readonly version: string;
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs;
  /** Why the lease was lost, when it was. */
  readonly lost?: string | undefined;
  readonly stopped: boolean;
}

/** The report of an attempt as it stands: what is not known by now is handed back. */
export function reportOf(attempt: Attempt, ending: Ending): Report {
  const { order, scene, segment } = attempt;
  const frames = [...attempt.frames.values()].map(({ reported }) => reported).sort(byFrame);
  const { ended, reason } = endOf(attempt, ending);
  return {
    type: 'report.v1',
    renderId: order.renderId,
    slice: order.slice,
    attempt: order.attempt,
    worker: ending.worker,
    ended,
    ...(reason && { reason }),
    startedAt: ending.startedAt,
    finishedAt: ending.finishedAt,
    ...(scene && { renderer: rendererOf(scene, ending), fps: scene.fps, animated: scene.animated }),
    frames: withRemarks(frames, scene?.animated ?? false),
    failures: [...attempt.failures.values()]
      .map((failure) => ({ ...failure, part: order.partIndex }))
      .sort(byFrame),
    ...(segment && { segment }),
    ...(attempt.logFile && { log: attempt.logFile }),
    warnings: attempt.warnings,
  };
}

/** Each frame with what only the frames beside it tell about it. */
function withRemarks(frames: readonly ReportedFrame[], animated: boolean): ReportedFrame[] {
  const remarks = Map.groupBy(checkFrames(frames, { animated }), ({ frame }) => frame);
  return frames.map((reported) => {
    const own = remarks.get(reported.frame) ?? [];
    return {
      ...reported,
      warnings: [...reported.warnings, ...own.map(({ code, message }) => ({ code, message }))],
    };
  });
}

const rendererOf = ({ device }: OpenedScene, { version }: Ending) => ({ name: 'blender', version, device });

function endOf(attempt: Attempt, { lost, stopped }: Ending): { ended: Report['ended']; reason?: Reason } {
  if (lost !== undefined) return { ended: 'cancelled', reason: { code: 'CANCELLED', message: lost } };
  if (attempt.refused) return { ended: 'refused', reason: attempt.refused };
  const open = openFrames(attempt);
  if (open.length === 0) return { ended: 'finished' };
  const handedBack = `${open.length} of ${attempt.order.frames.length} frames are handed back.`;
  if (stopped)
    return {
      ended: 'interrupted',
      reason: { code: 'INTERRUPTED', message: `The worker was told to stop; ${handedBack}` },
    };
  const reason = attempt.failed ?? {
    code: 'RENDERER_FAILED',
    message: `The renderer ended without a word; ${handedBack}`,
  };
  return { ended: 'failed', reason };
}

const byFrame = (a: { frame: number }, b: { frame: number }): number => a.frame - b.frame;
