import { Fault } from '#shared/core/fault.ts';

/** Decoded pixels: rows from the top, samples interleaved, RGB(A) or grey, little endian. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Bits a sample means; above 8 each sample takes two bytes, and `rgbe` has its own four. */
  readonly depth: 8 | 10 | 12 | 16 | 32;
  readonly data: Uint8Array;
}

/** Largest side that is believed before a single pixel was read. */
const MAX_SIDE = 1 << 16;

export const brokenRaster = (format: string, what: string): Fault =>
  new Fault('BROKEN_FRAME', `not a complete ${format} file: ${what}`);

/** Refuses what a header claims but the file cannot hold, before memory is taken for it. */
export function checkClaim(format: string, width: number, height: number): void {
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    throw brokenRaster(format, `its size is ${width}x${height}`);
  }
}
