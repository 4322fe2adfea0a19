import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '#events/manifest.ts';
import type { Part } from '#shared/core/part.ts';
import { deliver } from '#worker/deliverables/deliverables.ts';
import { encodeSegment } from '#worker/media/encode-segment.ts';
import { encode, makeDirectory } from './images.ts';

export const SIZE = { width: 96, height: 54 };
const FPS = { numerator: 24000, denominator: 1001 };

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A render whose objects are files in a folder, as on one machine. */
export async function createRender(extension = '.png', parts: readonly Part[] = [{ kind: 'whole' }]) {
  const directory = await makeDirectory();
  const [scratch, output] = [join(directory, 'scratch'), join(directory, 'output')];
  for (const folder of [scratch, output]) await mkdir(folder);
  const frames: Manifest['frames'] = [];
  const segments: Manifest['segments'] = [];
  const missing: Manifest['missing'] = [];
  const logged: string[] = [];
  const put = async (key: string, bytes: Uint8Array) => {
    const path = join(directory, key);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, bytes);
    return { key, size: bytes.length, sha256: sha256(bytes) };
  };
  const keyOf = (slice: number, name: string) => `renders/r1/attempts/${slice}/1/${name}`;
  return {
    ...{ directory, output, frames, segments, missing, logged, put },
    path: (key: string) => join(directory, key),
    async addFrame(
      frame: number,
      bytes: Uint8Array,
      { slice = 0, part = 0, preview = undefined as Buffer | undefined } = {},
    ) {
      const object = await put(keyOf(slice, `f_${frame}_p${part}${extension}`), bytes);
      const seen = preview && { preview: await put(keyOf(slice, `v_${frame}_p${part}.png`), preview) };
      frames.push({
        ...object,
        ...seen,
        frame,
        part,
        pixels: '',
        worker: 'w',
        slice,
        attempt: 1,
        seconds: 1,
        warnings: [],
      });
      return object.key;
    },
    /** What the worker of a slice would add: a segment of these files. */
    async addSegment(
      slice: number,
      numbers: number[],
      files = numbers.map((n) => keyOf(slice, `f_${n}_p0${extension}`)),
    ) {
      const made = join(directory, 'segment.mp4');
      await encodeSegment({ files: files.map((key) => join(directory, key)), output: made, fps: FPS });
      segments.push({ ...(await put(keyOf(slice, 'segment.mp4'), await readFile(made))), frames: numbers });
    },
    deliver(wanted: readonly string[], known?: Parameters<typeof deliver>[2]) {
      const manifest: Manifest = {
        type: 'manifest.v1',
        ...{
          renderId: 'r1',
          generation: 1,
          shot: 'p/s/sh010',
          name: 'sh010',
          version: 3,
          sceneId: 's',
          settings: {},
        },
        ...{ fps: FPS, ...SIZE, extension, complete: missing.length === 0, frames, parts: [...parts] },
        ...{ segments, missing, warnings: [] },
      };
      const note = (message: string) => logged.push(message);
      const log = { info: note, warn: note, error: note };
      const place = {
        manifest,
        scratch,
        output,
        log,
        base: 'sh010_v003',
        file: async (key: string) => join(directory, key),
      };
      return deliver(wanted, place, known);
    },
  };
}

export const png = (seed: number) => encode('png', SIZE, { seed });
