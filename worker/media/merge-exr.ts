import { readFileSync, writeFileSync } from 'node:fs';
import { Fault } from '#shared/core/fault.ts';
import { type ExrPart, SAMPLE_BYTES, type SampleType } from './exr-header.ts';
import { readExr } from './exr-read.ts';
import { writeExr } from './exr-write.ts';
import { halfTable, toHalf } from './half.ts';
import { channelsOf, checkSameChannels, sourceOf } from './stitch-exr.ts';

/** One subset of a frame's samples: its file, and how many samples a pixel it has. */
export interface SampleFile {
  readonly path: string;
  readonly count: number;
}

export interface MergeRequest {
  readonly subsets: readonly SampleFile[];
  readonly output: string;
}

interface Access {
  get(view: DataView, at: number): number;
  set(view: DataView, at: number, value: number): void;
}

const ACCESS: Readonly<Record<SampleType, Access>> = {
  half: {
    get: (view, at) => halfTable()[view.getUint16(at, true)]!,
    set: (view, at, value) => view.setUint16(at, toHalf(value), true),
  },
  float: {
    get: (view, at) => view.getFloat32(at, true),
    set: (view, at, value) => view.setFloat32(at, value, true),
  },
  uint: {
    get: (view, at) => view.getUint32(at, true),
    set: (view, at, value) => view.setUint32(at, Math.round(value), true),
  },
};

function meanLines(part: ExrPart, images: readonly Uint8Array[], weights: readonly number[]): Uint8Array {
  const out = new Uint8Array(images[0]!.byteLength);
  const target = new DataView(out.buffer);
  const views = images.map((lines) => new DataView(lines.buffer, lines.byteOffset, lines.byteLength));
  let at = 0;
  for (let y = 0; y < part.height; y += 1) {
    for (const { type } of part.channels) {
      const { get, set } = ACCESS[type];
      for (let x = 0; x < part.width; x += 1, at += SAMPLE_BYTES[type]) {
        let sum = 0;
        for (const [i, view] of views.entries()) sum += get(view, at) * weights[i]!;
        set(target, at, sum);
      }
    }
  }
  return out;
}

/**
 * Merges sample subsets of an OpenEXR frame: the mean of each value, weighted by samples, summed in
 * double precision and rounded once.
 */
export function mergeExr({ subsets, output }: MergeRequest): void {
  const total = subsets.reduce((sum, { count }) => sum + count, 0);
  const read = subsets.map(({ path }) => ({ path, images: readExr(readFileSync(path)) }));
  const first = read[0]!.images;
  for (const { path, images } of read) {
    checkSameChannels(images, first, path);
    for (const [i, { part }] of images.entries()) {
      const { width, height } = first[i]!.part;
      if (part.width === width && part.height === height) continue;
      throw new Fault(
        'BROKEN_FRAME',
        `${path}: size ${part.width}x${part.height}, expected ${width}x${height}`,
      );
    }
  }
  const weights = subsets.map(({ count }) => count / total);
  const sources = first.map(({ part }, i) => {
    if (part.channels.some(({ name }) => name.includes('.') && !/(^|\.)Combined\./.test(name))) {
      throw new Fault('REFUSED', `Sample subsets of data passes have no mean: ${channelsOf(part)}`);
    }
    const lines = meanLines(
      part,
      read.map(({ images }) => images[i]!.lines),
      weights,
    );
    return sourceOf(part, { width: part.width, height: part.height, lines });
  });
  writeFileSync(output, writeExr(sources));
}
