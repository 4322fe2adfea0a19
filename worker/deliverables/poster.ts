import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { deliveredFile } from './checked-file.ts';
import type { Deliverable } from './deliverable.ts';

const WIDTH = 1280;

/** One picture for lists and links: the middle frame of those that are there. */
export const poster: Deliverable = async ({ frames, output, base }) => {
  const middle = frames.numbers[Math.floor(frames.numbers.length / 2)];
  if (middle === undefined) return [];
  const { width, height, data } = await frames.picture(middle);
  const name = `${base}_poster.jpg`;
  const jpeg = sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: WIDTH, withoutEnlargement: true })
    .jpeg({ quality: 90 });
  await writeFile(join(output, name), await jpeg.toBuffer());
  return [await deliveredFile(output, name)];
};
