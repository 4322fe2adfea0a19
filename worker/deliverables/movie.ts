import { join } from 'node:path';
import { Fault } from '#shared/core/fault.ts';
import { type MoviePiece, planMovie } from '#shared/core/movie-plan.ts';
import { decodeInOrder, encodePictures } from '#worker/media/encode-segment.ts';
import { joinSegments, type SegmentFile } from '#worker/media/join-segments.ts';
import type { Picture } from '#worker/media/picture.ts';
import { slate } from '#worker/media/slate.ts';
import { checkedFile, deliveredFile } from './checked-file.ts';
import type { Deliverable, DeliveryContext } from './deliverable.ts';
import { attemptOf } from './frame-source.ts';

type FramesToEncode = Extract<MoviePiece, { kind: 'encode' }>['frames'];

/** A segment, and where its object is. */
function segmentsOf({ manifest }: DeliveryContext) {
  return manifest.segments.map(({ key, frames }) => ({ key, frames, attempt: attemptOf(key) }));
}

async function encodeFrames(
  frames: FramesToEncode,
  output: string,
  context: DeliveryContext,
): Promise<SegmentFile> {
  const { manifest, signal } = context;
  const reasons = new Map(manifest.missing.map(({ frame, message }) => [frame, message]));
  const show = async ({ frame, missing }: FramesToEncode[number]): Promise<Picture> =>
    missing
      ? slate(manifest, { frame, reason: reasons.get(frame) ?? '' })
      : await context.frames.picture(frame);
  await encodePictures(decodeInOrder(frames, show), { output, fps: manifest.fps, ...(signal && { signal }) });
  return { path: output, frames: frames.length };
}

async function makeMovie(
  pieces: readonly MoviePiece[],
  output: string,
  context: DeliveryContext,
): Promise<void> {
  const { manifest, scratch, signal } = context;
  const segments: SegmentFile[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind === 'encode') {
      segments.push(await encodeFrames(piece.frames, join(scratch, `movie_${index}.mp4`), context));
    } else {
      const object = manifest.segments.find(({ key }) => key === piece.segment.key)!;
      segments.push({ path: await checkedFile(object, context.file), frames: piece.segment.frames.length });
    }
  }
  await joinSegments({ segments, output, fps: manifest.fps, ...(signal && { signal }) });
}

/**
 * The review movie: every frame of the render once and in order, at its exact rate, missing ones as
 * slates. The segments that workers encoded are joined as they are; only the rest is encoded here. When
 * they do not fit together (another encoder on another worker), all is encoded here.
 */
export const movie: Deliverable = async (context) => {
  const { manifest, frames, output, base, log } = context;
  const wanted = [...new Set([...frames.numbers, ...manifest.missing.map(({ frame }) => frame)])].sort(
    (a, b) => a - b,
  );
  if (wanted.length === 0) return [];
  const winners = new Map(frames.numbers.map((frame) => [frame, frames.attempt(frame) ?? '']));
  const name = `${base}.mp4`;
  const path = join(output, name);
  const pieces = planMovie({ wanted, winners, segments: segmentsOf(context) });
  try {
    await makeMovie(pieces, path, context);
  } catch (error) {
    const joined = pieces.some(({ kind }) => kind === 'segment');
    if (!joined || !(error instanceof Fault) || error.code !== 'BROKEN_FRAME') throw error;
    log.warn('the movie is encoded again as a whole', { renderId: manifest.renderId, reason: error.message });
    await makeMovie(planMovie({ wanted, winners, segments: [] }), path, context);
  }
  return [await deliveredFile(output, name)];
};
