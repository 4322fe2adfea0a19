import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { framePadded } from '#shared/core/names.ts';
import { drawText, fillRect, GLYPH_HEIGHT } from '#worker/media/draw-text.ts';
import type { Picture } from '#worker/media/picture.ts';
import { cancelled, deliveredFile } from './checked-file.ts';
import type { Deliverable } from './deliverable.ts';

const MOST = 48;
const COLUMNS = 8;
const THUMBNAIL_WIDTH = 240;
const GAP = 8;
const SCALE = 2;
const LABEL_HEIGHT = GLYPH_HEIGHT * SCALE + GAP;
const GROUND = [24, 26, 30] as const;
const INK = [200, 204, 210] as const;

/** At most so many of a list, evenly spread, first and last among them. */
export function spread<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]!);
}

async function thumbnail(picture: Picture): Promise<Picture> {
  const { data, info } = await sharp(picture.data, {
    raw: { width: picture.width, height: picture.height, channels: 3 },
  })
    .resize({ width: THUMBNAIL_WIDTH, withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

function paste(sheet: Picture, { width, height, data }: Picture, x: number, y: number): void {
  for (let row = 0; row < height; row += 1) {
    sheet.data.set(data.subarray(row * width * 3, (row + 1) * width * 3), ((y + row) * sheet.width + x) * 3);
  }
}

/** The shot at a glance: up to 48 frames in a grid, each with its number. */
export const contactSheet: Deliverable = async ({ frames, output, base, signal }) => {
  const shown = spread(frames.numbers, MOST);
  const thumbnails: Picture[] = [];
  for (const frame of shown) {
    if (signal?.aborted) throw cancelled();
    thumbnails.push(await thumbnail(await frames.picture(frame)));
  }
  const [first] = thumbnails;
  if (!first) return [];
  const columns = Math.min(COLUMNS, Math.ceil(Math.sqrt(shown.length * 1.5)));
  const cell = { width: first.width + GAP, height: first.height + LABEL_HEIGHT + GAP };
  const width = columns * cell.width + GAP;
  const height = Math.ceil(shown.length / columns) * cell.height + GAP;
  const sheet: Picture = { width, height, data: new Uint8Array(width * height * 3) };
  fillRect(sheet, { x: 0, y: 0, width, height }, GROUND);
  for (const [i, picture] of thumbnails.entries()) {
    const x = GAP + (i % columns) * cell.width;
    const y = GAP + Math.floor(i / columns) * cell.height;
    paste(sheet, picture, x, y);
    const label = { x, y: y + first.height + GAP / 2, scale: SCALE, colour: INK };
    drawText(sheet, framePadded(shown[i]!), label);
  }
  const name = `${base}_contact-sheet.jpg`;
  const jpeg = sharp(sheet.data, { raw: { width, height, channels: 3 } }).jpeg({ quality: 88 });
  await writeFile(join(output, name), await jpeg.toBuffer());
  return [await deliveredFile(output, name)];
};
