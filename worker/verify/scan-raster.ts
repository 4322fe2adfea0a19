import { readFileSync } from 'node:fs';
import { Fault } from '#shared/core/fault.ts';
import { decodeBmp } from '#worker/media/bmp.ts';
import { decodeDpx } from '#worker/media/dpx.ts';
import { decodeRadiance } from '#worker/media/radiance.ts';
import type { Raster } from '#worker/media/raster.ts';
import { decodeTga } from '#worker/media/tga.ts';
import {
  blankOf,
  checkShape,
  type ExpectedImage,
  type FrameFacts,
  pixelIdentity,
  sha256Hex,
} from './frame-facts.ts';

const DECODERS = { bmp: decodeBmp, tga: decodeTga, hdr: decodeRadiance, dpx: decodeDpx } as const;

/** The formats that are decoded here and not by sharp or the OpenEXR reader. */
export type RasterFormat = keyof typeof DECODERS;

export const isRasterFormat = (format: string): format is RasterFormat => format in DECODERS;

/** Decodes a BMP, TGA, Radiance or DPX file; BROKEN_FRAME when it is not whole. */
export const decodeRaster = (bytes: Uint8Array, format: RasterFormat): Raster => DECODERS[format](bytes);

/** What a decoded picture is, beside the file that holds it. */
export function factsOf(
  raster: Raster,
  expected: ExpectedImage,
  file: { size: number; sha256: string },
): FrameFacts {
  const { width, height, channels, depth } = raster;
  const shape = { width, height, channels, depth };
  checkShape(shape, expected);
  const blank = blankOf(raster);
  return { ...file, ...shape, pixels: pixelIdentity(shape, sha256Hex(raster.data)), ...(blank && { blank }) };
}

export function scanRaster({
  path,
  expected,
}: {
  path: string;
  expected: ExpectedImage & { readonly format: RasterFormat };
}): FrameFacts {
  const bytes = readFileSync(path);
  if (bytes.byteLength === 0) throw new Fault('BROKEN_FRAME', 'the file has 0 bytes');
  return factsOf(decodeRaster(bytes, expected.format), expected, {
    size: bytes.byteLength,
    sha256: sha256Hex(bytes),
  });
}
