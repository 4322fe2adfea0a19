import { readFile, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { Fault } from '#shared/core/fault.ts';
import type { Part } from '#shared/core/part.ts';
import { tileRects } from '#shared/core/tile-rect.ts';
import { decodeEncoded } from '#worker/verify/scan-encoded.ts';
import { inThread } from './in-thread.ts';
import { formatOf, type Picture } from './picture.ts';
import type { Raster } from './raster.ts';
import type { StitchRequest, TileFile } from './stitch-exr.ts';

export interface TileInput {
  readonly path: string;
  readonly part: Extract<Part, { kind: 'tile' }>;
}

/** Copies the kept part of a tile into the frame; rows of interleaved samples, `pixelBytes` each pixel. */
function copyRows(
  from: Uint8Array,
  to: Uint8Array,
  { rendered, kept }: TileFile,
  frame: { width: number; pixelBytes: number },
): void {
  const { width, pixelBytes } = frame;
  for (let y = 0; y < kept.height; y += 1) {
    const start = ((kept.y - rendered.y + y) * rendered.width + kept.x - rendered.x) * pixelBytes;
    const target = ((kept.y + y) * width + kept.x) * pixelBytes;
    to.set(from.subarray(start, start + kept.width * pixelBytes), target);
  }
}

function checkTile({ path, rendered }: TileFile, tile: Raster, first: Raster): void {
  const found = `${tile.width}x${tile.height}, ${tile.channels} channels of ${tile.depth} bits`;
  const expected = `${rendered.width}x${rendered.height}, ${first.channels} channels of ${first.depth} bits`;
  if (found !== expected) throw new Fault('BROKEN_FRAME', `${path}: ${found}, expected ${expected}`);
}

async function stitchRasters(
  { tiles, width, height, output }: StitchRequest,
  format: 'png' | 'tiff',
): Promise<void> {
  let first: Raster | undefined;
  let frame = new Uint8Array(0);
  for (const tile of tiles) {
    const raster = await decodeEncoded(await readFile(tile.path), format);
    first ??= raster;
    checkTile(tile, raster, first);
    const pixelBytes = (first.channels * first.depth) / 8;
    if (frame.length === 0) frame = new Uint8Array(width * height * pixelBytes);
    copyRows(raster.data, frame, tile, { width, pixelBytes });
  }
  const { channels, depth } = first!;
  const samples = depth === 16 ? new Uint16Array(frame.buffer) : frame;
  const space = channels < 3 ? (depth === 16 ? 'grey16' : 'b-w') : depth === 16 ? 'rgb16' : 'srgb';
  const image = sharp(samples, { raw: { width, height, channels: channels as 1 | 2 | 3 | 4 } }).toColourspace(
    space,
  );
  const encoded =
    format === 'png' ? image.png() : image.tiff({ compression: 'deflate', predictor: 'horizontal' });
  await writeFile(output, await encoded.toBuffer());
}

/**
 * Puts the tiles of one frame together, overlap cropped: the decoded pixels are exactly those of the
 * tiles, in PNG, TIFF (8 and 16 bits) and OpenEXR. REFUSED for formats that would lose something.
 */
export async function stitchTiles(
  tiles: readonly TileInput[],
  frame: { readonly width: number; readonly height: number; readonly output: string },
): Promise<void> {
  const request = { ...frame, tiles: tiles.map(({ path, part }) => ({ path, ...tileRects(part, frame) })) };
  const format = formatOf(await readFile(tiles[0]!.path));
  if (format === 'exr') await inThread('stitchExr', request);
  else if (format === 'png' || format === 'tiff') await stitchRasters(request, format);
  else
    throw new Fault(
      'REFUSED',
      `Tiles in ${format} cannot be stitched without loss. Render tiles as png, tiff or exr.`,
    );
}

/** The same for pictures that are only shown. */
export function stitchPictures(
  tiles: readonly { readonly picture: Picture; readonly part: TileInput['part'] }[],
  frame: { readonly width: number; readonly height: number },
): Picture {
  const data = new Uint8Array(frame.width * frame.height * 3);
  for (const { picture, part } of tiles) {
    const rects = tileRects(part, frame);
    const { width, height } = rects.rendered;
    if (picture.width !== width || picture.height !== height) {
      throw new Fault(
        'BROKEN_FRAME',
        `a preview of ${picture.width}x${picture.height}, expected ${width}x${height}`,
      );
    }
    copyRows(picture.data, data, { path: '', ...rects }, { width: frame.width, pixelBytes: 3 });
  }
  return { width: frame.width, height: frame.height, data };
}
