import { createHash } from 'node:crypto';
import { Fault } from '#shared/core/fault.ts';
import type { Format } from '#shared/core/settings.ts';
import type { Raster } from '#worker/media/raster.ts';

/** What an image file must be. `width` and `height` are those of the file, so of the tile for a tile. */
export interface ExpectedImage {
  readonly format: Format;
  readonly width: number;
  readonly height: number;
  /** When known: how many channels, all parts of the file together. */
  readonly channels?: number;
  /** When known: bits of a colour sample. */
  readonly depth?: number;
}

/** What a good image file is. */
export interface FrameFacts {
  /** Of the file. */
  readonly size: number;
  readonly sha256: string;
  /**
   * SHA-256 of the decoded pixels with their size, channels and depth: the same for the same picture,
   * whatever the compression and the metadata of the file.
   */
  readonly pixels: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly depth: number;
  /** When nothing is to be seen: every pixel black, or every pixel transparent. */
  readonly blank?: 'black' | 'transparent';
  readonly warnings?: readonly { readonly code: string; readonly message: string }[];
}

type Shape = Pick<FrameFacts, 'width' | 'height' | 'channels' | 'depth'>;

/** BROKEN_FRAME when the file is whole but not the picture that was asked for. */
export function checkShape(actual: Partial<Shape>, expected: ExpectedImage): void {
  const { width, height, channels, depth } = actual;
  if (width !== expected.width || height !== expected.height) {
    throw new Fault('BROKEN_FRAME', `size ${width}x${height}, expected ${expected.width}x${expected.height}`);
  }
  if (channels !== undefined && expected.channels !== undefined && channels !== expected.channels) {
    throw new Fault('BROKEN_FRAME', `${channels} channels, expected ${expected.channels}`);
  }
  if (depth !== undefined && expected.depth !== undefined && depth !== expected.depth) {
    throw new Fault('BROKEN_FRAME', `${depth} bits a sample, expected ${expected.depth}`);
  }
}

export const sha256Hex = (...pieces: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
};

/** The hash that is a picture's identity, from the hash of its samples. */
export const pixelIdentity = ({ width, height, channels, depth }: Shape, samples: string): string =>
  sha256Hex(`${width}x${height} ${channels}x${depth}\n`, samples);

/** Whether a decoded picture shows nothing. Stops at the first pixel that does. */
export function blankOf({ channels, depth, data }: Raster): 'black' | 'transparent' | undefined {
  const samples =
    depth === 8 || depth === 32 ? data : new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  // A Radiance pixel is three mantissas and an exponent, which is 0 for black.
  if (depth === 32) return everyNth(samples, 3, 4) ? 'black' : undefined;
  const alpha = channels === 4 ? 3 : channels === 2 ? 1 : undefined;
  if (alpha !== undefined && everyNth(samples, alpha, channels)) return 'transparent';
  const colours = channels >= 3 ? 3 : 1;
  for (let channel = 0; channel < colours; channel += 1) {
    if (!everyNth(samples, channel, channels)) return undefined;
  }
  return 'black';
}

function everyNth(samples: Uint8Array | Uint16Array, first: number, step: number): boolean {
  for (let i = first; i < samples.length; i += step) if (samples[i] !== 0) return false;
  return true;
}
