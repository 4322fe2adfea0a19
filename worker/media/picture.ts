import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { Fault } from '#shared/core/fault.ts';
import type { Format } from '#shared/core/settings.ts';
import { isRasterFormat } from '#worker/verify/scan-raster.ts';
import { inThread } from './in-thread.ts';

/** A picture for the eye: 8-bit sRGB, rows from the top, three bytes a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const MAGICS: readonly (readonly [Format, string])[] = [
  ['png', '\x89PNG'],
  ['jpeg', '\xff\xd8\xff'],
  ['tiff', 'II*\0'],
  ['tiff', 'MM\0*'],
  ['webp', 'RIFF'],
  ['exr', 'v/1\x01'],
  ['hdr', '#?'],
  ['dpx', 'SDPX'],
  ['dpx', 'XPDS'],
  ['bmp', 'BM'],
];

/** The format of an image by its first bytes; TGA, which has no such mark, when there is none. */
export function formatOf(bytes: Uint8Array): Format {
  const start = Buffer.from(bytes.subarray(0, 4)).toString('latin1');
  return MAGICS.find(([, magic]) => start.startsWith(magic))?.[0] ?? 'tga';
}

/**
 * Decodes any frame to what a person should see: alpha over black, linear light through the plain sRGB
 * curve (Blender's view "Standard"; a scene with another view needs the preview that Blender wrote).
 */
export async function decodePicture(path: string): Promise<Picture> {
  const bytes = await readFile(path);
  if (bytes.length === 0) throw new Fault('BROKEN_FRAME', `${path} has 0 bytes`);
  const format = formatOf(bytes);
  if (format === 'exr') return await inThread('showExr', { path });
  if (isRasterFormat(format)) return await inThread('showRaster', { path, format });
  try {
    const { data, info } = await sharp(bytes, { failOn: 'warning', ignoreIcc: true })
      .toColourspace('srgb')
      .flatten({ background: '#000000' })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels === 3) return { width: info.width, height: info.height, data };
    throw new Fault('BROKEN_FRAME', `${path} decodes to ${info.channels} channels, expected 3`);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('BROKEN_FRAME', `${path} does not decode: ${(error as Error).message}`, { cause: error });
  }
}
