import { open, readFile } from 'node:fs/promises';
import {
  BufferSource,
  type EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  MP4,
  Mp4OutputFormat,
  Output,
  StreamTarget,
  type StreamTargetChunk,
} from 'mediabunny';
import { Fault } from '#shared/core/fault.ts';
import type { FrameRate } from './encode-segment.ts';

export interface SegmentFile {
  readonly path: string;
  /** How many frames it must hold. */
  readonly frames: number;
}

export interface JoinOptions {
  readonly segments: readonly SegmentFile[];
  readonly output: string;
  readonly fps: FrameRate;
  readonly signal?: AbortSignal;
}

const broken = (path: string, what: string, cause?: unknown) =>
  new Fault('BROKEN_FRAME', `Movie segment ${path}: ${what}`, { cause });

async function openSegment(path: string) {
  const input = new Input({ formats: [MP4], source: new BufferSource(await readFile(path)) });
  try {
    const track = await input.getPrimaryVideoTrack();
    const config = await track?.getDecoderConfig();
    if (!track || !config?.description) throw broken(path, 'it has no H.264 video');
    const { description } = config;
    const header = ArrayBuffer.isView(description)
      ? Buffer.from(description.buffer, description.byteOffset, description.byteLength)
      : Buffer.from(description);
    return { input, sink: new EncodedPacketSink(track), config, header };
  } catch (error) {
    input.dispose();
    throw error instanceof Fault
      ? error
      : broken(path, `it does not open: ${(error as Error).message}`, error);
  }
}

/** A segment's packets in decode order, each with its place among the frames: its time is not trusted further. */
async function readPackets({ sink }: Awaited<ReturnType<typeof openSegment>>, { path, frames }: SegmentFile) {
  const packets: EncodedPacket[] = [];
  try {
    for await (const packet of sink.packets()) packets.push(packet);
  } catch (error) {
    throw broken(path, `it does not read: ${(error as Error).message}`, error);
  }
  if (packets.length !== frames) throw broken(path, `it has ${packets.length} frames, expected ${frames}`);
  if (packets[0]?.type !== 'key') throw broken(path, 'it does not start with a key frame');
  const shown = packets.toSorted((a, b) => a.timestamp - b.timestamp);
  const places = new Map(shown.map((packet, place) => [packet, place]));
  return packets.map((packet) => ({ packet, place: places.get(packet)! }));
}

/**
 * Joins movie segments without encoding again, exact to the frame: every frame's time is computed from
 * its number. Segments of different encoder settings would give a broken file without any error, so
 * BROKEN_FRAME when their headers differ, or when one has not as many frames as it should.
 */
export async function joinSegments({
  segments,
  output,
  fps,
  signal,
}: JoinOptions): Promise<{ readonly frames: number }> {
  const total = segments.reduce((sum, { frames }) => sum + frames, 0);
  if (total === 0) throw new Fault('INVALID_INPUT', 'A movie needs at least one frame.');
  const file = await open(output, 'w');
  const target = new StreamTarget(
    new WritableStream<StreamTargetChunk>({
      write: async ({ data, position }) => {
        await file.write(data, 0, data.byteLength, position);
      },
    }),
    { chunked: true },
  );
  const movie = new Output({ format: new Mp4OutputFormat({ fastStart: 'reserve' }), target });
  const source = new EncodedVideoPacketSource('avc');
  const { numerator, denominator } = fps;
  movie.addVideoTrack(source, { frameRate: numerator / denominator, maximumPacketCount: total });
  let header: Buffer | undefined;
  let base = 0;
  try {
    await movie.start();
    for (const segment of segments) {
      if (signal?.aborted) throw new Fault('CANCELLED', 'Joining the movie was cancelled.');
      const opened = await openSegment(segment.path);
      header ??= opened.header;
      if (!header.equals(opened.header))
        throw broken(segment.path, 'it was encoded with other settings than the first');
      for (const { packet, place } of await readPackets(opened, segment)) {
        const timestamp = ((base + place) * denominator) / numerator;
        const timed = packet.clone({ timestamp, duration: denominator / numerator });
        await source.add(timed, { decoderConfig: opened.config });
      }
      opened.input.dispose();
      base += segment.frames;
    }
    await movie.finalize();
  } catch (error) {
    await movie.cancel();
    throw error;
  } finally {
    await file.close();
  }
  return { frames: total };
}
