import { createHash } from 'node:crypto';
import type { WorkOrder } from '#events/lease.ts';
import type { Report } from '#events/report.ts';
import { Fault } from '#shared/core/fault.ts';
import type { Clock, Log } from '#shared/ports.ts';
import type { Lanes } from '#worker/lanes.ts';
import type { Fetch } from '#worker/lease/http.ts';
import type { LeaseClient } from '#worker/lease/lease-client.ts';
import type { Patience } from '#worker/lease/persist.ts';
import { startPulse } from '#worker/lease/pulse.ts';
import { createUpload, type Upload } from '#worker/lease/upload.ts';
import type { Capabilities } from '#worker/renderer/renderer.ts';
import type { MakeScratch } from '#worker/scratch.ts';
import type { WarmRenderer } from '#worker/warm-renderer.ts';
import { type Attempt, beatOf, createAttempt, openFrames, reasonOf, reportOf } from './attempt.ts';
import { createEnds, type Ends } from './ends.ts';
import { renderFrames } from './render-frames.ts';
import { addSegment, type EncodeSegment } from './segment.ts';
import type { VerifyFrame } from './settle-frame.ts';

export interface SliceTools {
  readonly worker: string;
  readonly capabilities: Capabilities;
  readonly client: LeaseClient;
  readonly baseUrl: string;
  readonly fetch: Fetch;
  /** For uploads and the report. */
  readonly patience: Patience;
  readonly warm: WarmRenderer;
  readonly makeScratch: MakeScratch;
  readonly verifyFrame: VerifyFrame;
  readonly encodeSegment: EncodeSegment;
  readonly verifying: Lanes;
  readonly uploading: Lanes;
  /** From a stop to the report. */
  readonly graceMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** How an attempt ended for the one who started it; the report says the rest. */
export interface SliceResult {
  /** `unreported`: nobody could be told; the control plane will see the lease run out. */
  readonly outcome: 'reported' | 'unreported';
  readonly ended: Report['ended'];
  readonly reason?: Report['reason'];
  readonly renderId: string;
  readonly slice: number;
  readonly attempt: number;
  readonly frames: number;
  readonly failures: number;
  /** Frames that are neither rendered nor failed. */
  readonly handedBack: number;
}

/**
 * Renders, verifies, uploads and reports one leased slice. Never rejects for anything that can happen to a
 * slice. `onRendererFree` is called when the worker's Blender may turn to the next slice, while this
 * one's last frames are still being verified and uploaded.
 */
export async function runSlice(
  order: WorkOrder,
  tools: SliceTools,
  { stop, onRendererFree }: { stop: AbortSignal; onRendererFree: () => void },
): Promise<SliceResult> {
  const startedAt = tools.clock.now();
  const attempt = createAttempt(order);
  const ends = createEnds(stop, tools.graceMs);
  const upload = createUpload({ ...tools, grant: order.grant });
  const pulse = startPulse({
    beat: (beat, signal) => tools.client.beat(order.grant, beat, signal),
    beatMs: order.beatMs,
    progress: () => beatOf(attempt),
    onLost: ends.lose,
    log: tools.log,
  });
  try {
    await workInScratch(attempt, ends, { ...tools, upload, onRendererFree });
    await sendLog(attempt, upload, ends, tools.log);
    const report = reportOf(attempt, {
      worker: tools.worker,
      version: tools.capabilities.blender.join('.'),
      startedAt,
      finishedAt: tools.clock.now(),
      lost: ends.lost,
      stopped: ends.stopped,
    });
    return resultOf(report, attempt, await sendReport(report, upload, ends));
  } finally {
    ends.dispose();
    await pulse.stop();
  }
}

export interface WorkTools extends SliceTools {
  readonly directory: string;
  readonly upload: Upload;
  readonly onRendererFree: () => void;
}

/** What goes wrong with the machine itself (a full disk) is in the report too. */
async function workInScratch(
  attempt: Attempt,
  ends: Ends,
  tools: Omit<WorkTools, 'directory'>,
): Promise<void> {
  try {
    const scratch = await tools.makeScratch(`slice-${attempt.order.slice}-${attempt.order.attempt}`);
    try {
      await work(attempt, ends, { ...tools, directory: scratch.path });
    } finally {
      await scratch.remove();
    }
  } catch (error) {
    attempt.failed = reasonOf(error);
  }
}

async function work(attempt: Attempt, ends: Ends, tools: WorkTools): Promise<void> {
  const broken = await renderFrames(attempt.order.frames, attempt, ends, tools);
  if (broken.size > 0 && !ends.rendering.aborted) {
    tools.log.warn('Rendering broken frames again', { frames: [...broken.keys()] });
    const still = await renderFrames([...broken.keys()], attempt, ends, tools);
    for (const [frame, { code, message }] of still)
      attempt.failures.set(frame, { frame, code, message, permanent: false });
  }
  await addSegment(attempt, tools, ends.settling);
  attempt.note = 'reporting';
}

/** Best effort: what Blender printed helps people, and nothing depends on it. */
async function sendLog(attempt: Attempt, upload: Upload, { settling }: Ends, log: Log): Promise<void> {
  const text = attempt.log.text();
  if (text === undefined || settling.aborted) return;
  const bytes = Buffer.from(text);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  try {
    const body = async () => new Blob([bytes]);
    const key = await upload({ name: 'log.txt', size: bytes.length, sha256, body }, settling);
    attempt.logFile = { key, size: bytes.length };
  } catch (error) {
    log.warn("The renderer's log could not be uploaded", { message: reasonOf(error).message });
  }
}

/**
 * Uploads the report, the attempt's last object: its arrival is what the control plane waits for. It is
 * never on the disk, so that a full one can be reported.
 */
async function sendReport(
  report: Report,
  upload: Upload,
  { reporting }: Ends,
): Promise<Report['reason'] | undefined> {
  const bytes = Buffer.from(JSON.stringify(report));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const body = async () => new Blob([bytes]);
  try {
    await upload({ name: 'report.json', size: bytes.length, sha256, body }, reporting);
    return undefined;
  } catch (error) {
    return error instanceof Fault ? reasonOf(error) : { ...reasonOf(error), code: 'UNREPORTED' };
  }
}

function resultOf(report: Report, attempt: Attempt, unreported: Report['reason']): SliceResult {
  const reason = unreported ?? report.reason;
  return {
    outcome: unreported ? 'unreported' : 'reported',
    ended: report.ended,
    ...(reason && { reason }),
    renderId: report.renderId,
    slice: report.slice,
    attempt: report.attempt,
    frames: report.frames.length,
    failures: report.failures.length,
    handedBack: openFrames(attempt).length,
  };
}
