import { readFile } from 'node:fs/promises';
import { Fault } from '#shared/core/fault.ts';
import type { Part } from '#shared/core/part.ts';
import { partSize } from '#shared/core/tile-rect.ts';
import type { ExrPart } from '#worker/media/exr-header.ts';
import { runFfmpeg } from '#worker/media/ffmpeg.ts';
import { inThread } from '#worker/media/in-thread.ts';
import type { ExpectedImage, FrameFacts } from './frame-facts.ts';
import { isEncodedFormat, scanEncoded } from './scan-encoded.ts';
import { isRasterFormat } from './scan-raster.ts';

/** What a frame's file must be; `width` and `height` are those of the whole frame. */
export interface ExpectedFrame extends ExpectedImage {
  readonly part: Part;
}

const notFinite = (bits: number): string | undefined => {
  if ((bits & 0x7f800000) !== 0x7f800000) return undefined;
  return bits & 0x7fffff ? 'NaN' : 'Inf';
};

const notDecoded = ({ compression }: ExrPart) => ({
  code: 'NOT_DECODED',
  message: `The file is complete, but its pixels were not checked: its ${compression} compression cannot be decoded here. Use ZIP or PIZ.`,
});

/**
 * Has ffmpeg decode a B44 or DWA file. It knows only some of them (ffmpeg 5.1: none with mixed sample
 * types or long attributes), so its failing says nothing; a picture that is not finite is BROKEN_FRAME.
 */
async function decodeWithFfmpeg(path: string, { width, height, size }: FrameFacts): Promise<boolean> {
  const samples = width * height * 4;
  const data = await runFfmpeg({
    args: [
      ...['-xerror', '-err_detect', 'explode', '-f', 'exr_pipe', '-frame_size', `${size}`, '-i', 'pipe:0'],
      ...['-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'gbrapf32le', 'pipe:1'],
    ],
    input: [await readFile(path)],
    maxOutputBytes: samples * 4,
    confined: true,
  }).catch(() => undefined);
  if (data?.length !== samples * 4) return false;
  for (let i = 0; i < samples; i += 1) {
    const what = notFinite(data.readUInt32LE(i * 4));
    const pixel = i % (width * height);
    if (what) throw new Fault('BROKEN_FRAME', `${what} at ${pixel % width},${Math.floor(pixel / width)}`);
  }
  return true;
}

async function verifyExr(path: string, expected: ExpectedImage): Promise<FrameFacts> {
  const { undecoded, ...facts } = await inThread('scanExr', { path, expected });
  if (!undecoded) return facts;
  const plain = undecoded.channels.every(({ name, type }) => /^[RGBA]$/.test(name) && type === 'half');
  const decoded = plain && (await decodeWithFfmpeg(path, facts));
  return decoded ? facts : { ...facts, warnings: [notDecoded(undecoded)] };
}

async function scan(path: string, expected: ExpectedImage): Promise<FrameFacts> {
  const { format } = expected;
  if (isEncodedFormat(format)) return await scanEncoded(path, expected);
  if (isRasterFormat(format))
    return await inThread('scanRaster', { path, expected: { ...expected, format } });
  return await verifyExr(path, expected);
}

/**
 * Reads one rendered file whole and says what it is. BROKEN_FRAME, in words, when it is not complete,
 * does not decode, has another size, channel count or depth than expected, or a sample that is NaN or
 * infinite. That a renderer printed `Saved:` and ended with 0 proves none of this.
 */
export async function verifyFrame(path: string, expected: ExpectedFrame): Promise<FrameFacts> {
  const { part, ...image } = expected;
  try {
    return await scan(path, { ...image, ...sizeOf(partSize(part, expected)) });
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing)
      throw new Fault('BROKEN_FRAME', `Broken frame ${path}: there is no such file`, { cause: error });
    if (!(error instanceof Fault) || error.code !== 'BROKEN_FRAME') throw error;
    const details = error.details ? { details: error.details } : {};
    throw new Fault('BROKEN_FRAME', `Broken frame ${path}: ${error.message}`, { cause: error, ...details });
  }
}

const sizeOf = ({ width, height }: { width: number; height: number }) => ({ width, height });
