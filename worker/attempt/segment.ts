import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '#worker/hash-file.ts';
import { fileAt, type Upload } from '#worker/lease/upload.ts';
import { type Attempt, reasonOf } from './attempt.ts';

/** Encodes these images, in this order, one frame each, into a movie that joins with others without re-encoding. */
export type EncodeSegment = (options: {
  readonly files: readonly string[];
  readonly output: string;
  readonly fps: { readonly numerator: number; readonly denominator: number };
  readonly signal: AbortSignal;
}) => Promise<{ readonly width: number; readonly height: number }>;

export interface SegmentTools {
  readonly directory: string;
  readonly encodeSegment: EncodeSegment;
  readonly upload: Upload;
}

/**
 * Encodes and uploads the movie segment of an attempt's good frames. The frames are what was asked for:
 * when there can be no segment, the report carries a warning and nothing fails.
 */
export async function addSegment(attempt: Attempt, tools: SegmentTools, signal: AbortSignal): Promise<void> {
  const { order, scene } = attempt;
  const frames = [...attempt.frames.keys()].sort((a, b) => a - b);
  if (!order.movie || order.part.kind !== 'whole' || !scene || frames.length === 0 || signal.aborted) return;
  attempt.note = 'encoding the movie';
  const name = 'segment.mp4';
  const output = join(tools.directory, name);
  try {
    const files = frames.map((frame) => attempt.frames.get(frame)!.movieFile);
    const { width, height } = await tools.encodeSegment({ files, output, fps: scene.fps, signal });
    const { size } = await stat(output);
    const sha256 = await hashFile(output);
    const key = await tools.upload(fileAt(output, { name, size, sha256 }), signal);
    attempt.segment = { key, size, sha256, frames, width, height };
  } catch (error) {
    const { message } = reasonOf(error);
    attempt.warnings.push({ code: 'NO_SEGMENT', message: `No movie segment of this slice: ${message}` });
  }
}
