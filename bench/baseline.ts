import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Runs a program to its end and gives the wall-clock seconds it took; what it said only when it failed. */
export function time(program: string, args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve((performance.now() - startedAt) / 1000);
      else reject(new Error(`${program} ${args.join(' ')} ended with ${status}:\n${said}`));
    });
  });
}

const blender = (scene: string, frames: string, args: readonly string[]): Promise<number> =>
  time('blender', ['-b', scene, '-o', `${frames}_####`, ...args]);

/** What a person would type: one process, all frames. */
export const oneProcess = (scene: string, frames: string, { start, end }: Range): Promise<number> =>
  blender(scene, frames, ['-s', `${start}`, '-e', `${end}`, '-a']);

/** The range in as many parts as there are processes, as equal as can be. */
function parts({ start, end }: Range, count: number): readonly Range[] {
  const total = end - start + 1;
  return Array.from({ length: count }, (_, i) => ({
    start: start + Math.floor((total * i) / count),
    end: start + Math.floor((total * (i + 1)) / count) - 1,
  }));
}

/** The hand-made split: a process for each part of the range, all at once; `threads` as given to each. */
export async function splitByHand(
  scene: string,
  frames: string,
  range: Range,
  { processes, threads }: { readonly processes: number; readonly threads: readonly string[] },
): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(
    parts(range, processes).map(({ start, end }) =>
      blender(scene, frames, [...threads, '-s', `${start}`, '-e', `${end}`, '-a']),
    ),
  );
  return (performance.now() - startedAt) / 1000;
}

/** A new process for every frame, one after another: seconds a frame. */
export async function oneProcessAFrame(
  scene: string,
  frames: string,
  { start, end }: Range,
): Promise<number> {
  let seconds = 0;
  for (let frame = start; frame <= end; frame++) seconds += await blender(scene, frames, ['-f', `${frame}`]);
  return seconds / (end - start + 1);
}

/** The review movie that a person would make of the baseline's frames. */
export const encodeMovie = (frames: string, { start }: Range, fps: number): Promise<number> =>
  time('ffmpeg', [
    ...['-y', '-v', 'error', '-framerate', `${fps}`, '-start_number', `${start}`, '-i', `${frames}_%04d.png`],
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'medium',
      '-crf',
      '18',
      '-pix_fmt',
      'yuv420p',
      '-movflags',
      '+faststart',
    ],
    join(frames, '..', 'movie.mp4'),
  ]);
