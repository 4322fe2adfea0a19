import { readFileSync } from 'node:fs';
import { Fault } from '#shared/core/fault.ts';
import { decodeRaster, type RasterFormat } from '#worker/verify/scan-raster.ts';
import { channelValues, readExr } from './exr-read.ts';
import { radianceValue } from './radiance.ts';
import type { Raster } from './raster.ts';

const STEPS = 1 << 14;
let curve: Uint8Array | undefined;

/** Linear light to 8-bit sRGB (IEC 61966-2-1), as Blender's view "Standard" shows it. */
function srgbCurve(): Uint8Array {
  curve ??= Uint8Array.from({ length: STEPS + 1 }, (_, i) => {
    const value = i / STEPS;
    return Math.round(255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055));
  });
  return curve;
}

const show = (value: number): number =>
  srgbCurve()[value <= 0 ? 0 : value >= 1 ? STEPS : Math.round(value * STEPS)]!;

/** The picture of an OpenEXR file for the eye: its combined colour over black, in 8-bit sRGB. */
export function showExr({ path }: { path: string }): Raster {
  for (const image of readExr(readFileSync(path))) {
    const names = image.part.channels.map(({ name }) => name);
    const prefix =
      names.map((name) => /^(.*\.)?(?:R|Y|V)$/.exec(name)).find((match) => match !== null)?.[1] ?? '';
    const combined = names.map((name) => /^(.*Combined\.)R$/.exec(name)).find((match) => match !== null)?.[1];
    const from = combined ?? prefix;
    const grey = channelValues(image, `${from}Y`) ?? channelValues(image, `${from}V`);
    const planes = ['R', 'G', 'B'].map((leaf) => channelValues(image, `${from}${leaf}`) ?? grey);
    const [red, green, blue] = planes;
    if (!red || !green || !blue) continue;
    const data = new Uint8Array(red.length * 3);
    for (let i = 0, to = 0; i < red.length; i += 1, to += 3) {
      data[to] = show(red[i]!);
      data[to + 1] = show(green[i]!);
      data[to + 2] = show(blue[i]!);
    }
    return { width: image.part.width, height: image.part.height, channels: 3, depth: 8, data };
  }
  throw new Fault('BROKEN_FRAME', `${path} has no colour to show`);
}

/** The picture of a BMP, TGA, Radiance or DPX file for the eye: 8 bits, over black where it has alpha. */
export function showRaster({ path, format }: { path: string; format: RasterFormat }): Raster {
  const { width, height, channels, depth, data } = decodeRaster(readFileSync(path), format);
  const out = new Uint8Array(width * height * 3);
  const samples =
    depth === 8 || depth === 32 ? data : new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const stride = depth === 32 ? 4 : channels;
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const at = pixel * stride;
    for (let channel = 0; channel < 3; channel += 1) {
      const value = samples[at + (stride < 3 ? 0 : channel)]!;
      if (depth === 32) out[pixel * 3 + channel] = show(radianceValue(value, samples[at + 3]!));
      else {
        const alpha = channels === 4 ? samples[at + 3]! / (2 ** depth - 1) : 1;
        out[pixel * 3 + channel] = Math.round((value / (2 ** depth - 1)) * alpha * 255);
      }
    }
  }
  return { width, height, channels: 3, depth: 8, data: out };
}
