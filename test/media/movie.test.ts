import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeSegmentFrame } from '#worker/media/decode-segment-frame.ts';
import { encodeSegment } from '#worker/media/encode-segment.ts';
import { writeExr } from '#worker/media/exr-write.ts';
import { joinSegments } from '#worker/media/join-segments.ts';
import { decodePicture } from '#worker/media/picture.ts';
import { slate } from '#worker/media/slate.ts';
import { encode, exrSource, makeDirectory, RGBA, run } from './images.ts';

const SIZE = { width: 61, height: 37 };
const FILM = { numerator: 24000, denominator: 1001 };

async function pngs(directory: string, count: number, size = SIZE): Promise<string[]> {
  return await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const path = join(directory, `in_${i}.png`);
      await writeFile(path, await encode('png', size, { seed: i }));
      return path;
    }),
  );
}

async function probe(path: string) {
  const args = ['-v', 'error', '-count_packets', '-show_streams', '-of', 'json', path];
  return JSON.parse((await run('ffprobe', args)).stdout).streams[0];
}

async function decodedHashes(path: string): Promise<string[]> {
  const { stdout } = await run('ffmpeg', [
    '-v',
    'error',
    '-i',
    path,
    '-fps_mode',
    'passthrough',
    '-f',
    'framemd5',
    '-',
  ]);
  const rows = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return rows.map((line) => line.split(',').at(-1)!.trim());
}

describe('a segment', () => {
  test('has the exact rate, even sides, BT.709 video range and one frame for each file', async () => {
    const directory = await makeDirectory();
    const output = join(directory, 'segment.mp4');
    const made = await encodeSegment({ files: await pngs(directory, 5), output, fps: FILM });
    expect(made).toEqual({ width: 62, height: 38 });
    expect(await probe(output)).toMatchObject({
      codec_name: 'h264',
      profile: 'High',
      pix_fmt: 'yuv420p',
      ...{ width: 62, height: 38 },
      ...{ r_frame_rate: '24000/1001', avg_frame_rate: '24000/1001', nb_read_packets: '5' },
      ...{ color_range: 'tv', color_space: 'bt709', color_transfer: 'bt709', color_primaries: 'bt709' },
    });
    const bytes = await readFile(output);
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
  });

  test('shows the colours of its frames', async () => {
    const directory = await makeDirectory();
    const path = join(directory, 'red.png');
    await sharp({ create: { ...SIZE, channels: 3, background: { r: 200, g: 30, b: 40 } } })
      .png()
      .toFile(path);
    const output = join(directory, 'red.mp4');
    await encodeSegment({ files: [path, path], output, fps: FILM });
    const { data, width, height } = await decodeSegmentFrame(output, { index: 1, ...SIZE });
    expect({ width, height }).toEqual(SIZE);
    for (const [i, value] of [200, 30, 40].entries()) {
      expect(Math.abs(data[(18 * 61 + 30) * 3 + i]! - value)).toBeLessThanOrEqual(2);
    }
  });

  test('takes frames of any format, transparent ones over black', async () => {
    const directory = await makeDirectory();
    const [png] = await pngs(directory, 1);
    const exr = join(directory, 'f.exr');
    await writeFile(exr, writeExr([exrSource(SIZE)]));
    const others = ['a.tga', 'a.bmp', 'a.dpx', 'a.tif', 'a.jpg'].map((name) => join(directory, name));
    await run('ffmpeg', ['-v', 'error', '-i', png!, ...others.flatMap((path) => ['-frames:v', '1', path])]);
    const output = join(directory, 'mixed.mp4');
    await encodeSegment({ files: [png!, exr, ...others], output, fps: FILM });
    expect(await probe(output)).toMatchObject({ nb_read_packets: '7' });
    const clear = join(directory, 'clear.png');
    const background = { r: 255, g: 255, b: 255, alpha: 0 };
    await sharp({ create: { ...SIZE, channels: 4, background } })
      .png()
      .toFile(clear);
    expect((await decodePicture(clear)).data.every((value) => value === 0)).toBe(true);
  });

  test('refuses frames of two sizes, broken files, none at all, and stops when told', async () => {
    const directory = await makeDirectory();
    const output = join(directory, 'no.mp4');
    const files = await pngs(directory, 2);
    await writeFile(files[1]!, await encode('png', { width: 60, height: 37 }));
    await expect(encodeSegment({ files, output, fps: FILM })).rejects.toThrow('60x37 after 61x37');
    await writeFile(files[1]!, (await encode('png', SIZE)).subarray(0, 900));
    await expect(encodeSegment({ files, output, fps: FILM })).rejects.toMatchObject({ code: 'BROKEN_FRAME' });
    await expect(encodeSegment({ files: [], output, fps: FILM })).rejects.toThrow('at least one frame');
    const stopped = encodeSegment({ files: [files[0]!], output, fps: FILM, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
    const nowhere = encodeSegment({ files: [files[0]!], output: join(directory, 'a', 'b.mp4'), fps: FILM });
    await expect(nowhere).rejects.toMatchObject({
      code: 'RENDERER_FAILED',
      message: expect.stringContaining('No such file'),
    });
  });

  test('shows linear light through the sRGB curve', async () => {
    const directory = await makeDirectory();
    const path = join(directory, 'f.exr');
    const source = { ...exrSource(SIZE), lines: new Uint8Array(61 * 37 * 8) };
    const lines = new Uint16Array(source.lines.buffer);
    lines.fill(0x3800); // 0.5
    await writeFile(path, writeExr([source]));
    expect((await decodePicture(path)).data.every((value) => value === 188)).toBe(true);
    const layered = RGBA.map(({ name }) => ({ name: `View.Combined.${name}`, type: 'half' as const }));
    await writeFile(path, writeExr([{ ...source, channels: layered }]));
    expect((await decodePicture(path)).data[0]).toBe(188);
  });
});

describe('joining', () => {
  let directory: string;
  let segments: { path: string; frames: number }[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dropframe-join-'));
    const files = await pngs(directory, 23);
    let at = 0;
    segments = [];
    for (const frames of [1, 7, 2, 13]) {
      const path = join(directory, `segment_${at}.mp4`);
      await encodeSegment({ files: files.slice(at, at + frames), output: path, fps: FILM });
      segments.push({ path, frames });
      at += frames;
    }
    return async () => {
      await rm(directory, { recursive: true, force: true });
    };
  });

  test('is exact to the frame: rate, duration, count, and every decoded picture', async () => {
    const output = join(directory, 'joined.mp4');
    expect(await joinSegments({ segments, output, fps: FILM })).toEqual({ frames: 23 });
    const stream = await probe(output);
    expect(stream).toMatchObject({
      ...{ r_frame_rate: '24000/1001', avg_frame_rate: '24000/1001', nb_read_packets: '23', start_pts: 0 },
      ...{ pix_fmt: 'yuv420p', color_space: 'bt709', color_range: 'tv' },
    });
    expect(Number(stream.duration)).toBeCloseTo((23 * 1001) / 24000, 6);
    const parts = await Promise.all(segments.map(({ path }) => decodedHashes(path)));
    expect(await decodedHashes(output)).toEqual(parts.flat());
    const bytes = await readFile(output);
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
  });

  test.each([
    [24, 1],
    [25, 1],
    [30000, 1001],
    [12, 5],
  ])('keeps %i/%i frames a second', async (numerator, denominator) => {
    const output = join(directory, `rate_${numerator}.mp4`);
    const fps = { numerator, denominator };
    const made = [];
    for (const i of [0, 1]) {
      const path = join(directory, `rate_${numerator}_${i}.mp4`);
      await encodeSegment({ files: [0, 1, 2].map((n) => join(directory, `in_${n}.png`)), output: path, fps });
      made.push({ path, frames: 3 });
    }
    await joinSegments({ segments: made, output, fps });
    const stream = await probe(output);
    expect(stream).toMatchObject({ r_frame_rate: `${numerator}/${denominator}`, nb_read_packets: '6' });
    expect(Number(stream.duration)).toBeCloseTo((6 * denominator) / numerator, 5);
  });

  test('refuses what would give a broken file: other settings, a wrong count, a cut file, nothing', async () => {
    const output = join(directory, 'refused.mp4');
    const join_ = (list: typeof segments) => joinSegments({ segments: list, output, fps: FILM });
    const other = join(directory, 'other.mp4');
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=62x38:r=24', '-frames:v', '3'];
    await run('ffmpeg', [
      '-v',
      'error',
      '-y',
      ...source,
      '-c:v',
      'libx264',
      '-bf',
      '0',
      '-pix_fmt',
      'yuv420p',
      other,
    ]);
    await expect(join_([segments[0]!, { path: other, frames: 3 }])).rejects.toThrow('other settings');
    await expect(join_([{ ...segments[1]!, frames: 8 }])).rejects.toThrow('has 7 frames, expected 8');
    const cut = join(directory, 'cut.mp4');
    await writeFile(cut, (await readFile(segments[3]!.path)).subarray(0, -400));
    await expect(join_([{ path: cut, frames: 13 }])).rejects.toMatchObject({ code: 'BROKEN_FRAME' });
    await writeFile(cut, 'not a movie');
    await expect(join_([{ path: cut, frames: 13 }])).rejects.toMatchObject({ code: 'BROKEN_FRAME' });
    await expect(join_([])).rejects.toThrow('at least one frame');
    const stopped = joinSegments({ segments, output, fps: FILM, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('a slate', () => {
  test('is as large as the frames and tells frames and reasons apart', () => {
    const reason = 'Blender ended with signal SIGSEGV while it rendered this frame: (exit 139)';
    const one = slate({ width: 320, height: 180 }, { frame: 12, reason });
    expect(one.data).toHaveLength(320 * 180 * 3);
    const same = slate({ width: 320, height: 180 }, { frame: 12, reason });
    expect(Buffer.compare(one.data, same.data)).toBe(0);
    for (const other of [
      { frame: 13, reason },
      { frame: 12, reason: 'Cancelled.' },
      { frame: -12, reason },
    ]) {
      expect(Buffer.compare(one.data, slate({ width: 320, height: 180 }, other).data)).not.toBe(0);
    }
    const bright = one.data.filter((value) => value > 150).length / one.data.length;
    expect(bright).toBeGreaterThan(0.02);
    expect(bright).toBeLessThan(0.4);
  });

  test.each([
    [1, 1],
    [3, 200],
    [61, 37],
  ])('fits into %ix%i', (width, height) => {
    const { data } = slate(
      { width, height },
      { frame: 123456, reason: 'a reason\nof 日本 many words '.repeat(40) },
    );
    expect(data).toHaveLength(width * height * 3);
  });
});
