import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import { onTestFinished } from 'vitest';
import type { Format } from '#shared/core/settings.ts';
import type { ExrChannel } from '#worker/media/exr-header.ts';
import { type ExrSource, writeExr } from '#worker/media/exr-write.ts';
import { toHalf } from '#worker/media/half.ts';

export const run = promisify(execFile);

export async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dropframe-media-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** 0..1, different for each pixel, channel and seed, with some structure for predictors to work on. */
export const valueAt = (x: number, y: number, channel: number, seed = 0): number =>
  ((x * 7 + y * 13 + channel * 61 + seed * 29 + ((x * y) % 11) * 5) % 256) / 255;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Interleaved samples of 8 or 16 bits. */
export function samples({ width, height }: Size, channels: number, depth: 8 | 16, seed = 0) {
  const most = depth === 8 ? 255 : 65535;
  const values = Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return Math.round(valueAt(pixel % width, Math.floor(pixel / width), i % channels, seed) * most);
  });
  return depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
}

const SPACES: Readonly<Record<string, string>> = {
  '1-8': 'b-w',
  '1-16': 'grey16',
  '3-16': 'rgb16',
  '4-16': 'rgb16',
};

export interface Look {
  readonly channels?: 1 | 3 | 4;
  readonly depth?: 8 | 16;
  readonly seed?: number;
}

/** A test picture in sharp, with its samples as they are. */
export function picture(size: Size, { channels = 3, depth = 8, seed = 0 }: Look = {}): Sharp {
  const image = sharp(samples(size, channels, depth, seed), { raw: { ...size, channels } });
  return image.toColourspace(SPACES[`${channels}-${depth}`] ?? 'srgb');
}

/** The same as a file. */
export function encode(
  format: 'png' | 'jpeg' | 'tiff' | 'webp',
  size: Size,
  look: Look = {},
): Promise<Buffer> {
  const options = { png: {}, jpeg: {}, tiff: { compression: 'deflate' }, webp: { lossless: true } } as const;
  return picture(size, look).toFormat(format, options[format]).toBuffer();
}

export const RGBA: readonly ExrChannel[] = ['A', 'B', 'G', 'R'].map((name) => ({ name, type: 'half' }));

/** An OpenEXR image of ours, ready to be changed and written. */
export function exrSource(
  { width, height }: Size,
  channels: readonly ExrChannel[] = RGBA,
  seed = 0,
): ExrSource {
  const lineBytes = width * channels.reduce((sum, { type }) => sum + (type === 'half' ? 2 : 4), 0);
  const lines = new Uint8Array(lineBytes * height);
  const view = new DataView(lines.buffer);
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    for (const [index, { type }] of channels.entries()) {
      for (let x = 0; x < width; x += 1) {
        const value = valueAt(x, y, index, seed) * 4;
        if (type === 'half') view.setUint16(at, toHalf(value), true);
        else if (type === 'float') view.setFloat32(at, value, true);
        else view.setUint32(at, Math.round(value * 1000), true);
        at += type === 'half' ? 2 : 4;
      }
    }
  }
  return { channels, width, height, lines, attributes: [], compression: 'zip' };
}

/** Overwrites one sample of a source whose channels are all of one type. */
export function poke(source: ExrSource, channel: string, x: number, y: number, value: number): ExrSource {
  const lines = Uint8Array.from(source.lines);
  const view = new DataView(lines.buffer);
  const index = source.channels.findIndex(({ name }) => name === channel);
  const place = (y * source.channels.length + index) * source.width + x;
  if (source.channels[index]?.type === 'half') view.setUint16(place * 2, toHalf(value), true);
  else view.setFloat32(place * 4, value, true);
  return { ...source, lines };
}

export const EXTENSIONS: Readonly<Record<Exclude<Format, 'exr-multilayer'>, string>> = {
  png: 'png',
  jpeg: 'jpg',
  tiff: 'tif',
  webp: 'webp',
  exr: 'exr',
  bmp: 'bmp',
  tga: 'tga',
  hdr: 'hdr',
  dpx: 'dpx',
};

/** One whole file of every format; those that we do not write come from oiiotool. */
export async function oneOfEach(
  directory: string,
  size: Size,
): Promise<Map<Exclude<Format, 'exr-multilayer'>, Buffer>> {
  const files = new Map<Exclude<Format, 'exr-multilayer'>, Buffer>();
  for (const format of ['png', 'jpeg', 'tiff', 'webp'] as const)
    files.set(format, await encode(format, size));
  files.set('exr', Buffer.from(writeExr([exrSource(size)])));
  const source = join(directory, 'source.png');
  await writeFile(source, files.get('png')!);
  const raw = ['--iconfig', 'oiio:RawColor', '1', source, '--attrib', 'oiio:ColorSpace', 'Linear'];
  const outputs = (['bmp', 'hdr'] as const).flatMap((format) => ['-o', join(directory, `made.${format}`)]);
  await run('oiiotool', [...raw, ...outputs]);
  const tga = ['-pix_fmt', 'bgr24', '-rle', '1', join(directory, 'made.tga')];
  const dpx = ['-pix_fmt', 'gbrp10be', join(directory, 'made.dpx')];
  await run('ffmpeg', ['-v', 'error', '-i', source, ...tga, ...dpx]);
  for (const format of ['bmp', 'tga', 'hdr', 'dpx'] as const)
    files.set(format, await readFile(join(directory, `made.${format}`)));
  return files;
}
