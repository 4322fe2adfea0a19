import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { tileRects } from '#shared/core/tile-rect.ts';
import { spread } from '#worker/deliverables/contact-sheet.ts';
import { channelValues, readExr } from '#worker/media/exr-read.ts';
import { writeExr } from '#worker/media/exr-write.ts';
import { exrSource, picture, RGBA, run } from './images.ts';
import { createRender, png, SIZE, sha256 } from './stored-render.ts';

async function movieFacts(path: string) {
  const args = ['-v', 'error', '-count_packets', '-show_streams', '-of', 'json', path];
  const { nb_read_packets, r_frame_rate, pix_fmt } = JSON.parse((await run('ffprobe', args)).stdout)
    .streams[0];
  return `${nb_read_packets} at ${r_frame_rate} ${pix_fmt}`;
}

/** One frame of a movie, as bytes. */
async function frameOf(path: string, index: number): Promise<Buffer> {
  const output = ['-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'];
  const args = [
    '-v',
    'error',
    '-i',
    path,
    '-vf',
    `select=eq(n\\,${index}),scale=in_color_matrix=bt709`,
    ...output,
  ];
  return (await run('ffmpeg', args, { encoding: 'buffer' })).stdout;
}

const meanDifference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;

describe('deliver', () => {
  test('makes everything of a plain render, and says what it made', async () => {
    const render = await createRender();
    for (const frame of [-1, 0, 1, 2])
      await render.addFrame(frame, await png(frame + 5), { slice: frame < 1 ? 0 : 1 });
    await render.addSegment(0, [-1, 0]);
    await render.addSegment(1, [1, 2]);
    const { files, warnings } = await render.deliver([
      'sequence',
      'movie',
      'poster',
      'contact-sheet',
      'movie',
    ]);
    expect(warnings).toEqual([]);
    expect(files.map(({ name }) => name)).toEqual([
      'sh010_v003.-0001.png',
      'sh010_v003.0000.png',
      'sh010_v003.0001.png',
      'sh010_v003.0002.png',
      'sh010_v003.mp4',
      'sh010_v003_poster.jpg',
      'sh010_v003_contact-sheet.jpg',
    ]);
    expect((await readdir(render.output)).sort()).toEqual(files.map(({ name }) => name).sort());
    for (const { name, size, sha256: hash } of files) {
      const bytes = await readFile(join(render.output, name));
      expect({ size: bytes.length, hash: sha256(bytes) }, name).toEqual({ size, hash });
    }
    expect(await movieFacts(join(render.output, 'sh010_v003.mp4'))).toBe('4 at 24000/1001 yuv420p');
    expect(await readdir(join(render.directory, 'scratch'))).toEqual([]);
    expect(await sharp(join(render.output, 'sh010_v003_poster.jpg')).metadata()).toMatchObject({
      format: 'jpeg',
      ...SIZE,
    });
  });

  test('frames are links to the objects, and can be made again over what is there', async () => {
    const render = await createRender();
    const key = await render.addFrame(12, await png(1));
    await render.deliver(['sequence']);
    const { files } = await render.deliver(['sequence']);
    const name = 'sh010_v003.0012.png';
    expect(files.map((file) => file.name)).toEqual([name]);
    expect((await stat(join(render.output, name))).ino).toBe((await stat(render.path(key))).ino);
  });

  test('an object that has changed since it was verified is noticed', async () => {
    const render = await createRender();
    const key = await render.addFrame(1, await png(1));
    const bytes = await readFile(render.path(key));
    bytes[100]! ^= 1;
    await writeFile(render.path(key), bytes);
    await expect(render.deliver(['sequence'])).rejects.toThrow('has changed since it was verified');
    await writeFile(render.path(key), bytes.subarray(1));
    await expect(render.deliver(['poster'])).rejects.toMatchObject({ code: 'BROKEN_FRAME' });
  });

  test('an unknown name is refused before anything is made, with the names that there are', async () => {
    const render = await createRender();
    await render.addFrame(1, await png(1));
    await expect(render.deliver(['sequence', 'gif'])).rejects.toThrow(
      'there is no "gif". Choose from sequence, movie, poster, contact-sheet.',
    );
    await expect(render.deliver(['constructor'])).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(await readdir(render.output)).toEqual([]);
  });

  test('another kind of deliverable can be added', async () => {
    const render = await createRender();
    await render.addFrame(7, await png(1));
    const list = async ({ frames }: { frames: { numbers: readonly number[] } }) =>
      frames.numbers.map((frame) => ({ name: `${frame}`, size: 0, sha256: '' }));
    expect((await render.deliver(['list'], { list })).files).toEqual([{ name: '7', size: 0, sha256: '' }]);
  });

  test('a render without any frame delivers nothing but slates', async () => {
    const render = await createRender();
    const wanted = ['sequence', 'movie', 'poster', 'contact-sheet'];
    expect((await render.deliver(wanted)).files).toEqual([]);
    render.missing.push({ frame: 1, code: 'RENDERER_FAILED', message: 'Blender crashed' });
    expect((await render.deliver(wanted)).files.map(({ name }) => name)).toEqual(['sh010_v003.mp4']);
  });
});

describe('the movie', () => {
  test('slates missing frames at their place, between joined segments', async () => {
    const render = await createRender();
    for (const frame of [1, 2, 4]) await render.addFrame(frame, await png(frame), { slice: frame });
    await render.addSegment(1, [1]);
    await render.addSegment(4, [4]);
    render.missing.push({ frame: 3, code: 'RENDERER_FAILED', message: 'Blender crashed' });
    await render.deliver(['movie']);
    const path = join(render.output, 'sh010_v003.mp4');
    expect(await movieFacts(path)).toBe('4 at 24000/1001 yuv420p');
    for (const [index, frame] of [1, 2, undefined, 4].entries()) {
      const shown = await frameOf(path, index);
      const wanted = frame && (await picture(SIZE, { seed: frame }).raw().toBuffer());
      if (wanted) expect(meanDifference(shown, wanted), `frame ${frame}`).toBeLessThan(30);
      // A slate: a dark ground within a bright edge.
      else expect([shown[0]! > 200, shown[(SIZE.width * 4 + 4) * 3]! < 60]).toEqual([true, true]);
    }
  });

  test('is encoded again as a whole when a segment does not fit the others', async () => {
    const render = await createRender();
    for (const frame of [1, 2]) await render.addFrame(frame, await png(frame), { slice: frame });
    await render.addSegment(1, [1]);
    const other = join(render.directory, 'other.mp4');
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=96x54:r=24', '-frames:v', '1', '-pix_fmt', 'yuv420p'];
    await run('ffmpeg', ['-v', 'error', ...source, '-c:v', 'libx264', '-bf', '0', other]);
    const object = await render.put('renders/r1/attempts/2/1/segment.mp4', await readFile(other));
    render.segments.push({ ...object, frames: [2] });
    await render.deliver(['movie']);
    const path = join(render.output, 'sh010_v003.mp4');
    expect(await movieFacts(path)).toBe('2 at 24000/1001 yuv420p');
    expect(render.logged).toEqual(['the movie is encoded again as a whole']);
    expect(
      meanDifference(await frameOf(path, 1), await picture(SIZE, { seed: 2 }).raw().toBuffer()),
    ).toBeLessThan(30);
  });
});

describe('EXR frames', () => {
  const grey = (half: number) => {
    const source = exrSource(SIZE);
    new Uint16Array(source.lines.buffer).fill(half);
    return writeExr([source]);
  };
  const flat = (value: number) =>
    sharp({ create: { ...SIZE, channels: 3, background: { r: value, g: value, b: value } } })
      .png()
      .toBuffer();
  const posterValue = async (output: string) =>
    (await sharp(join(output, 'sh010_v003_poster.jpg')).raw().toBuffer())[SIZE.width * 27 * 3]!;

  test('are shown by the preview through their own view, else by their segment, else by the standard view', async () => {
    const previewed = await createRender('.exr');
    await previewed.addFrame(1, grey(0x3800), { preview: await flat(60) });
    expect((await previewed.deliver(['poster', 'movie', 'contact-sheet'])).warnings).toEqual([]);
    expect(Math.abs((await posterValue(previewed.output)) - 60)).toBeLessThanOrEqual(2);

    const segmented = await createRender('.exr');
    await segmented.addFrame(1, grey(0x3800));
    await segmented.put('preview.png', await flat(90));
    await segmented.addSegment(0, [1], ['preview.png']);
    expect((await segmented.deliver(['poster'])).warnings).toEqual([]);
    expect(Math.abs((await posterValue(segmented.output)) - 90)).toBeLessThanOrEqual(3);

    const bare = await createRender('.exr');
    await bare.addFrame(1, grey(0x3800));
    await bare.addFrame(2, grey(0x3800));
    const { warnings } = await bare.deliver(['poster', 'movie', 'contact-sheet']);
    expect(warnings.map(({ code }) => code)).toEqual(['STANDARD_VIEW']);
    expect(Math.abs((await posterValue(bare.output)) - 188)).toBeLessThanOrEqual(2);
  });

  test('rendered as sample subsets are merged, and delivered as one file each', async () => {
    const parts = [
      { kind: 'samples', offset: 0, count: 4, total: 16 },
      { kind: 'samples', offset: 4, count: 12, total: 16 },
    ] as const;
    const render = await createRender('.exr', parts);
    const channels = RGBA.map(({ name }) => ({ name, type: 'float' as const }));
    for (const part of [0, 1])
      await render.addFrame(5, writeExr([exrSource(SIZE, channels, part)]), { part });
    const { files } = await render.deliver(['sequence']);
    expect(files.map(({ name }) => name)).toEqual(['sh010_v003.0005.exr']);
    const [merged] = readExr(await readFile(join(render.output, 'sh010_v003.0005.exr')));
    const value = (seed: number) => {
      const [image] = readExr(writeExr([exrSource(SIZE, channels, seed)]));
      return channelValues(image!, 'R')![100]!;
    };
    expect(channelValues(merged!, 'R')![100]).toBeCloseTo(value(0) / 4 + (value(1) * 3) / 4, 6);
  });
});

describe('tiles', () => {
  test('become whole frames in every deliverable; a frame without all of its tiles is missing', async () => {
    const parts = [0, 1].map(
      (column) => ({ kind: 'tile', column, row: 0, columns: 2, rows: 1, overlap: 4 }) as const,
    );
    const render = await createRender('.png', parts);
    const tile = async (frame: number, part: number) => {
      const { x, y, width, height } = tileRects(parts[part]!, SIZE).rendered;
      const whole = await png(frame);
      return await sharp(whole).extract({ left: x, top: y, width, height }).png().toBuffer();
    };
    for (const part of [0, 1]) await render.addFrame(1, await tile(1, part), { slice: part, part });
    await render.addFrame(2, await tile(2, 0));
    render.missing.push({ frame: 2, code: 'MISSING', message: 'no attempt delivered it' });
    const { files } = await render.deliver(['sequence', 'movie', 'poster']);
    expect(files.map(({ name }) => name)).toEqual([
      'sh010_v003.0001.png',
      'sh010_v003.mp4',
      'sh010_v003_poster.jpg',
    ]);
    const stitched = await sharp(join(render.output, 'sh010_v003.0001.png')).raw().toBuffer();
    expect(Buffer.compare(stitched, await picture(SIZE, { seed: 1 }).raw().toBuffer())).toBe(0);
    expect(await movieFacts(join(render.output, 'sh010_v003.mp4'))).toBe('2 at 24000/1001 yuv420p');
  });
});

test('a contact sheet takes frames evenly, first and last among them', () => {
  const frames = Array.from({ length: 1000 }, (_, i) => i);
  expect(spread(frames, 48)).toHaveLength(48);
  expect(new Set(spread(frames, 48)).size).toBe(48);
  expect([spread(frames, 48)[0], spread(frames, 48).at(-1)]).toEqual([0, 999]);
  expect(spread([1, 2, 3], 48)).toEqual([1, 2, 3]);
});
