import { once } from 'node:events';
import { Fault } from '#shared/core/fault.ts';
import { countFrames, type FrameRange, frameAt, framesOf } from '#shared/core/frame-range.ts';
import { chunkFrames, splitFrames } from '#shared/core/frame-range-chunks.ts';
import type { Dialect } from '#shared/core/frame-range-dialects.ts';
import { formatFileseq, formatFrames, parseFrames } from '#shared/core/frame-range-text.ts';
import type { Output } from './context.ts';

export interface FramesOptions {
  readonly dialect: Dialect;
  readonly chunk?: number;
  /** Chunks hold consecutive frames only. */
  readonly contiguous?: boolean;
}

/** More than anybody renders; a short text can mean far more, and would print for ever. */
const MAX_PRINTED = 10_000_000;
const PIECE_CHARACTERS = 1 << 16;

/** Reads an expression whose frames can be printed; INVALID_FRAME_RANGE says what is wrong with it. */
export function readFrames(text: string, dialect: Dialect): FrameRange {
  const range = parseFrames(text, dialect);
  const count = countFrames(range);
  if (count <= MAX_PRINTED) return range;
  throw new Fault(
    'INVALID_FRAME_RANGE',
    `frame range ${JSON.stringify(text.slice(0, 80))}: has ${count} frames; at most ${MAX_PRINTED} are printed, ask for fewer`,
  );
}

/** Farms that speak OpenJD balance their chunks; elsewhere all but the last one are full. */
function chunksOf(range: FrameRange, { dialect, chunk, contiguous }: FramesOptions): Iterable<FrameRange> {
  if (chunk === undefined) return [];
  if (contiguous) return chunkFrames(range, chunk, { contiguous });
  return dialect === 'openjd' ? chunkFrames(range, chunk, { contiguous: false }) : splitFrames(range, chunk);
}

function* joined(parts: Iterable<string | number>, separator: string): Generator<string> {
  let between = '';
  for (const part of parts) {
    yield `${between}${part}`;
    between = separator;
  }
}

/** Open Job Description writes contiguous chunks as a range always: `5-5`, `7-8`. */
const formatContiguous = (chunk: FrameRange): string =>
  `${frameAt(chunk, 0)}-${frameAt(chunk, countFrames(chunk) - 1)}`;

function* chunkTexts(range: FrameRange, options: FramesOptions): Generator<string> {
  for (const chunk of chunksOf(range, options)) {
    if (options.dialect !== 'openjd') yield formatFileseq(chunk);
    else yield options.contiguous ? formatContiguous(chunk) : formatFrames(chunk);
  }
}

/** One line of all frames; with chunks, one line a chunk, written in the dialect. */
export function* framesText(range: FrameRange, options: FramesOptions): Generator<string> {
  if (options.chunk === undefined) yield* joined(framesOf(range), ' ');
  else yield* joined(chunkTexts(range, options), '\n');
  yield '\n';
}

/** `{"input":…,"frames":[…]}` in one line, and `"chunks"` where they were asked for. */
export function* framesJson(input: string, range: FrameRange, options: FramesOptions): Generator<string> {
  yield `{"input":${JSON.stringify(input)},"frames":[`;
  yield* joined(framesOf(range), ',');
  yield ']';
  if (options.chunk !== undefined) {
    yield ',"chunks":[';
    for (const text of joined(chunkTexts(range, options), '\n')) {
      yield text.startsWith('\n') ? `,${JSON.stringify(text.slice(1))}` : JSON.stringify(text);
    }
    yield ']';
  }
  yield '}\n';
}

/** Writes piece by piece at the pace of the reader: millions of frames never lie in memory as text. */
export async function writeText(output: Output, texts: Iterable<string>): Promise<void> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE_CHARACTERS) continue;
    if (!output.write(piece)) await once(output, 'drain');
    piece = '';
  }
  if (piece !== '') output.write(piece);
}
