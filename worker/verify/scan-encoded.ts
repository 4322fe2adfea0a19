import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { Fault } from '#shared/core/fault.ts';
import type { Format } from '#shared/core/settings.ts';
import type { Raster } from '#worker/media/raster.ts';
import {
  blankOf,
  checkShape,
  type ExpectedImage,
  type FrameFacts,
  pixelIdentity,
  sha256Hex,
} from './frame-facts.ts';
import { checkPng } from './png-structure.ts';
import { checkTiff } from './tiff-structure.ts';

/** What sharp decodes, and how its own words for it differ from ours. */
const ENCODED: readonly Format[] = ['png', 'jpeg', 'tiff', 'webp'];

export const isEncodedFormat = (format: Format): boolean => ENCODED.includes(format);

/** Small enough to be hashed at once rather than by the thread pool. */
const INLINE_BYTES = 1 << 20;

// libvips keeps decoded pictures of files and buffers; every frame is looked at once.
sharp.cache(false);

/** Bytes of a pixel at most: four channels of 16 bits. */
const PIXEL_BYTES = 8;

async function checkStructure(bytes: Buffer, { format, width, height }: ExpectedImage): Promise<void> {
  if (format === 'png') checkPng(bytes);
  if (format === 'tiff') await checkTiff(bytes, width * height * PIXEL_BYTES);
  if (format === 'webp' && (bytes.length < 12 || bytes.readUInt32LE(4) + 8 > bytes.length)) {
    throw new Fault('BROKEN_FRAME', `not a complete WebP file: truncated at byte ${bytes.length}`);
  }
}

const reasonOf = (error: unknown): string => (error as Error).message.replaceAll(/\s+/g, ' ').trim();

/**
 * Decodes a PNG, JPEG, TIFF or WebP file to the samples that it holds, unchanged: no colour management,
 * 16 bits stay 16 bits, grey stays grey. Any warning of the decoder is BROKEN_FRAME.
 */
export async function decodeEncoded(
  bytes: Buffer,
  format: Format,
  expected?: ExpectedImage,
): Promise<Raster> {
  try {
    const metadata = await sharp(bytes).metadata();
    if (metadata.format !== format) {
      throw new Fault('BROKEN_FRAME', `the file is ${metadata.format}, expected ${format}`);
    }
    const depth = metadata.depth === 'ushort' ? 'ushort' : 'uchar';
    if (metadata.depth !== depth) throw new Fault('BROKEN_FRAME', `samples of type ${metadata.depth}`);
    // Before anything is allocated for what the header claims.
    if (expected) checkShape({ width: metadata.width, height: metadata.height }, expected);
    const { data, info } = await sharp(bytes, { failOn: 'warning', ignoreIcc: true })
      .toColourspace(metadata.space)
      .raw({ depth })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    return { width, height, channels, depth: depth === 'ushort' ? 16 : 8, data };
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('BROKEN_FRAME', `does not decode: ${reasonOf(error)}`, { cause: error });
  }
}

async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (bytes.byteLength <= INLINE_BYTES) return sha256Hex(bytes);
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

/** Reads and decodes a PNG, JPEG, TIFF or WebP file whole; decoding and hashing run off this thread. */
export async function scanEncoded(path: string, expected: ExpectedImage): Promise<FrameFacts> {
  const bytes = await readFile(path);
  if (bytes.length === 0) throw new Fault('BROKEN_FRAME', 'the file has 0 bytes');
  await checkStructure(bytes, expected);
  const [sha256, raster] = await Promise.all([
    hashOf(bytes),
    decodeEncoded(bytes, expected.format, expected),
  ]);
  const { width, height, channels, depth } = raster;
  const shape = { width, height, channels, depth };
  checkShape(shape, expected);
  const blank = blankOf(raster);
  const pixels = pixelIdentity(shape, await hashOf(raster.data as Uint8Array<ArrayBuffer>));
  return { size: bytes.length, sha256, ...shape, pixels, ...(blank && { blank }) };
}
