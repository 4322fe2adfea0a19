import { readFileSync, writeFileSync } from 'node:fs';
import { Fault } from '#shared/core/fault.ts';
import type { Rect } from '#shared/core/tile-rect.ts';
import { type ExrPart, SAMPLE_BYTES } from './exr-header.ts';
import { type ExrImage, readExr } from './exr-read.ts';
import { type ExrSource, writeExr } from './exr-write.ts';

/** One tile's file: what of the frame it shows, and what of that is taken. Pixels from the top left. */
export interface TileFile {
  readonly path: string;
  readonly rendered: Rect;
  readonly kept: Rect;
}

export interface StitchRequest {
  readonly tiles: readonly TileFile[];
  readonly width: number;
  readonly height: number;
  readonly output: string;
}

export const channelsOf = ({ channels }: ExrPart): string =>
  channels.map(({ name, type }) => `${name}:${type}`).join(' ');

/** BROKEN_FRAME when a file of a frame has not the parts and channels of the first one. */
export function checkSameChannels(
  images: readonly ExrImage[],
  first: readonly ExrImage[],
  path: string,
): void {
  const [found, expected] = [images, first].map((list) =>
    list.map(({ part }) => channelsOf(part)).join(' | '),
  );
  if (found !== expected) throw new Fault('BROKEN_FRAME', `${path}: channels ${found}, expected ${expected}`);
}

function copyTile(from: ExrImage, to: Uint8Array, { rendered, kept }: TileFile, width: number): void {
  const { part, lines } = from;
  const pixelBytes = part.lineBytes / part.width;
  for (let y = 0; y < kept.height; y += 1) {
    let source = (kept.y - rendered.y + y) * part.lineBytes;
    let target = (kept.y + y) * width * pixelBytes;
    for (const { type } of part.channels) {
      const size = SAMPLE_BYTES[type];
      const start = source + (kept.x - rendered.x) * size;
      to.set(lines.subarray(start, start + kept.width * size), target + kept.x * size);
      source += part.width * size;
      target += width * size;
    }
  }
}

/**
 * Puts the tiles of an OpenEXR frame together: every sample of every channel is copied as it is. The
 * metadata is that of the first tile. Uncompressed tiles give an uncompressed frame, others ZIP.
 */
export function stitchExr({ tiles, width, height, output }: StitchRequest): void {
  const read = tiles.map((tile) => ({ tile, images: readExr(readFileSync(tile.path)) }));
  const first = read[0]!.images;
  const targets = first.map(({ part }) => new Uint8Array((part.lineBytes / part.width) * width * height));
  for (const { tile, images } of read) {
    checkSameChannels(images, first, tile.path);
    for (const [i, image] of images.entries()) {
      const { rendered } = tile;
      if (image.part.width !== rendered.width || image.part.height !== rendered.height) {
        throw new Fault(
          'BROKEN_FRAME',
          `${tile.path}: size ${image.part.width}x${image.part.height}, expected ${rendered.width}x${rendered.height}`,
        );
      }
      copyTile(image, targets[i]!, tile, width);
    }
  }
  const sources = first.map(({ part }, i) => sourceOf(part, { width, height, lines: targets[i]! }));
  writeFileSync(output, writeExr(sources));
}

/** What to write for new samples of a part, with the rest as it was. */
export const sourceOf = (part: ExrPart, image: Pick<ExrSource, 'width' | 'height' | 'lines'>): ExrSource => ({
  channels: part.channels,
  attributes: part.attributes,
  compression: part.compression === 'none' ? 'none' : 'zip',
  ...image,
});
