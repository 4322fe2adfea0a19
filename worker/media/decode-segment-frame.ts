import { readFile } from 'node:fs/promises';
import { Fault } from '#shared/core/fault.ts';
import { runFfmpeg } from './ffmpeg.ts';
import type { Picture } from './picture.ts';

/** One frame of a movie segment, cropped to the size that its frames had before they were made even. */
export async function decodeSegmentFrame(
  path: string,
  { index, width, height }: { readonly index: number; readonly width: number; readonly height: number },
): Promise<Picture> {
  const size = width * height * 3;
  const filters = [
    `select=eq(n\\,${index})`,
    'scale=in_color_matrix=bt709:in_range=tv:out_range=pc:flags=bicubic+accurate_rnd+full_chroma_int',
    'format=rgb24',
    `crop=${width}:${height}:0:0`,
  ];
  const data = await runFfmpeg({
    args: [
      ...['-f', 'mp4', '-i', 'pipe:0', '-vf', filters.join(','), '-frames:v', '1'],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    ],
    input: [await readFile(path)],
    maxOutputBytes: size,
    confined: true,
  });
  if (data.length === size) return { width, height, data };
  throw new Fault(
    'BROKEN_FRAME',
    `${path}: frame ${index} decodes to ${data.length} bytes, expected ${size}`,
  );
}
