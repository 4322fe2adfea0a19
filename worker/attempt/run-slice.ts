import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkOrder } from '#events/lease.ts';
import type { Report } from '#events/report.ts';
import { Fault } from '#shared/core/fault.ts';
import type { Clock, Log } from '#shared/ports.ts';
import { hashFile } from '#worker/hash-file.ts';
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
  const scratch = await tools.makeScratch(`slice-${order.slice}-${order.attempt}`);
  try {
    await work(attempt, ends, { ...tools, directory: scratch.path, upload, onRendererFree });
    const report = reportOf(attempt, {
      worker: tools.worker,
      version: tools.capabilities.blender.join('.'),
      startedAt,
      finishedAt: tools.clock.now(),
      lost: ends.lost,
      stopped: ends.stopped,
    });
    const unreported = await sendReport(report, scratch.path, upload, ends);
    return resultOf(report, attempt, unreported);
  } finally {
    ends.dispose();
    await pulse.stop();
    await scratch.remove();
  }
}

export interface WorkTools extends SliceTools {
  readonly directory: string;
  readonly upload: Upload;
  readonly onRendererFree: () => void;
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

/** Uploads the report, the attempt's last object: its arrival is what the control plane waits for. */
async function sendReport(
  report: Report,
  directory: string,
  upload: Upload,
  ends: Ends,
): Promise<Report['reason'] | undefined> {
  const name = 'report.json';
  const path = join(directory, name);
  try {
    const bytes = Buffer.from(JSON.stringify(report));
    await writeFile(path, bytes);
    await upload({ name, path, size: bytes.length, sha256: await hashFile(path) }, ends.reporting);
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
