import { Fault } from './fault.ts';

/** A run of the movie that an attempt encoded: exactly these frames, in this order. */
export interface MovieSegment {
  readonly key: string;
  readonly frames: readonly number[];
  /** The attempt that encoded it, in any notation that `MovieRequest.winners` shares. */
  readonly attempt: string;
}

export interface MovieRequest {
  /** Every frame of the movie, missing ones too, in increasing order. */
  readonly wanted: readonly number[];
  /** By frame, the attempt whose image is the final one. A wanted frame that is not here is missing. */
  readonly winners: ReadonlyMap<number, string>;
  readonly segments: readonly MovieSegment[];
}

/** One stretch of the movie: a segment as it is, or frames to encode, some of them slates. */
export type MoviePiece =
  | { readonly kind: 'segment'; readonly segment: MovieSegment }
  | {
      readonly kind: 'encode';
      readonly frames: readonly { readonly frame: number; readonly missing: boolean }[];
    };

/**
 * How to make the movie with as little encoding as possible. A segment is taken whole or not at all,
 * and only where its frames follow each other in the movie and are all its own attempt's: then it shows
 * exactly the final frames. Guarantee: the pieces show every wanted frame once, in order.
 */
export function planMovie({ wanted, winners, segments }: MovieRequest): readonly MoviePiece[] {
  const positions = new Map(wanted.map((frame, position) => [frame, position]));
  if (wanted.some((frame, i) => i > 0 && frame <= wanted[i - 1]!)) {
    throw new Fault('INVALID_INPUT', 'The frames of a movie must be in increasing order, each once.');
  }
  const fits = ({ frames, attempt }: MovieSegment, start: number): boolean =>
    frames.every((frame, i) => positions.get(frame) === start + i && winners.get(frame) === attempt);
  const startingAt = new Map<number, MovieSegment>();
  for (const segment of segments) {
    const start = positions.get(segment.frames[0] ?? Number.NaN);
    if (start === undefined || !fits(segment, start)) continue;
    const held = startingAt.get(start);
    if (!held || held.frames.length < segment.frames.length) startingAt.set(start, segment);
  }
  const pieces: MoviePiece[] = [];
  let open: { frame: number; missing: boolean }[] = [];
  for (let position = 0; position < wanted.length; ) {
    const segment = startingAt.get(position);
    if (segment) {
      open = [];
      pieces.push({ kind: 'segment', segment });
      position += segment.frames.length;
      continue;
    }
    const frame = wanted[position]!;
    if (open.length === 0) pieces.push({ kind: 'encode', frames: open });
    open.push({ frame, missing: !winners.has(frame) });
    position += 1;
  }
  return pieces;
}
