import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findBlender } from '#worker/renderer/find-blender.ts';
import { probeCapabilities } from '#worker/renderer/probe-capabilities.ts';
import type { Capabilities } from '#worker/renderer/renderer.ts';
import { sandboxKind } from '#worker/renderer/sandbox.ts';
import { bytes, plural } from './text.ts';

/** One thing that rendering needs: what was found, and what to do where it is not enough. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly found: string;
  readonly fix?: string;
}

export interface DoctorOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** State folder: whose disk and clock count. */
  readonly root: string;
  /** Where Dropframe itself lies. */
  readonly home: string;
  readonly allowUnsandboxed: boolean;
}

const run = promisify(execFile);
const NODE_MAJOR = 24;
const GIB = 1024 ** 3;

const nodeCheck = (): Check => {
  const major = Number(process.versions.node.split('.')[0]);
  const found = `${process.version}, ${plural(availableParallelism(), 'core')}, ${bytes(totalmem())} memory`;
  if (major >= NODE_MAJOR) return { name: 'node', status: 'ok', found };
  return { name: 'node', status: 'error', found, fix: `run npm install: it brings Node ${NODE_MAJOR}` };
};

async function ffmpegCheck(name: 'ffmpeg' | 'ffprobe'): Promise<Check> {
  const fix =
    'install it (Linux: apt install ffmpeg; macOS: brew install ffmpeg; Windows: winget install Gyan.FFmpeg)';
  try {
    const { stdout } = await run(name, ['-hide_banner', '-version'], { timeout: 20_000 });
    const version = /^\w+ version (\S+)/.exec(stdout)?.[1] ?? 'unknown version';
    if (name === 'ffprobe') return { name, status: 'ok', found: version };
    const { stdout: encoders } = await run(name, ['-hide_banner', '-encoders'], { timeout: 20_000 });
    const found = `${version}, ${encoders.includes('libx264') ? 'libx264' : 'no libx264'}`;
    if (encoders.includes('libx264')) return { name, status: 'ok', found };
    return { name, status: 'error', found, fix: 'install an ffmpeg with libx264: the review movie needs it' };
  } catch {
    return { name, status: 'error', found: 'not found', fix };
  }
}

async function sandboxCheck(allowUnsandboxed: boolean): Promise<Check> {
  const kind = await sandboxKind();
  if (kind === 'bubblewrap') return { name: 'sandbox', status: 'ok', found: 'bubblewrap works' };
  return {
    name: 'sandbox',
    status: allowUnsandboxed ? 'warning' : 'error',
    found: 'none: a scene is a program, and would run as you',
    fix: 'install bubblewrap (Linux: apt install bubblewrap), or trust every scene and pass --allow-unsandboxed',
  };
}

/** The folder itself, or the nearest one above that exists. */
async function existing(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  return found || dirname(folder) === folder ? folder : existing(dirname(folder));
}

async function diskCheck(root: string): Promise<Check> {
  const folder = await existing(root);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const found = `${bytes(free)} free for ${root}`;
  if (free >= 10 * GIB) return { name: 'disk', status: 'ok', found };
  const fix = 'make room, or name a bigger disk with --root: frames of one shot easily take gigabytes';
  return { name: 'disk', status: free >= GIB ? 'warning' : 'error', found, fix };
}

/** A file server with another time would make files look new or old for ever. */
async function clockCheck(root: string, environment: DoctorOptions['environment']): Promise<Check> {
  const folder = await existing(root);
  const probe = join(folder, `.dropframe-clock-${randomUUID()}`);
  const synced = await run('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], {
    timeout: 5000,
    env: { ...environment },
  }).then(
    ({ stdout }) => stdout.trim(),
    () => 'unknown',
  );
  try {
    const before = Date.now();
    await writeFile(probe, '', { flag: 'wx' });
    const { mtimeMs } = await stat(probe);
    const offBy = Math.max(0, before - mtimeMs, mtimeMs - Date.now());
    const said = synced === 'yes' ? ', synchronised' : '';
    const found = `${new Date(before).toISOString()}${said}, the disk's clock off by ${(offBy / 1000).toFixed(1)} s`;
    if (offBy > 2000) {
      const fix = 'set the clocks of this machine and of the file server (NTP): they disagree';
      return { name: 'clock', status: 'error', found, fix };
    }
    if (synced !== 'no') return { name: 'clock', status: 'ok', found };
    const fix = 'switch time synchronisation on (timedatectl set-ntp true): grants expire by this clock';
    return { name: 'clock', status: 'warning', found: `${found}, not synchronised`, fix };
  } catch (error) {
    const fix = `make ${folder} writable, or name another folder with --root`;
    return { name: 'clock', status: 'error', found: `${folder} cannot be written: ${String(error)}`, fix };
  } finally {
    await rm(probe, { force: true });
  }
}

function capabilityChecks({ devices, engines, denoisers, features }: Capabilities): readonly Check[] {
  const gpus = devices.filter((device) => device !== 'cpu');
  const none = 'no GPU that Blender can use: frames are rendered by the CPU';
  const gpu: Check = { name: 'devices', status: 'ok', found: gpus.length > 0 ? gpus.join(', ') : none };
  const denoise: Check =
    denoisers.length > 0
      ? { name: 'denoisers', status: 'ok', found: denoisers.join(', ') }
      : {
          name: 'denoisers',
          status: 'warning',
          found: 'none: scenes that denoise are refused',
          fix: 'use an official build of Blender (blender.org), or switch denoising off in the scene',
        };
  return [
    { name: 'engines', status: 'ok', found: engines.join(', ') },
    gpu,
    denoise,
    { name: 'reads', status: 'ok', found: features.length > 0 ? features.join(', ') : 'nothing optional' },
  ];
}

async function blenderChecks({
  environment,
  root,
  home,
  allowUnsandboxed,
}: DoctorOptions): Promise<readonly Check[]> {
  const failed = (name: string, error: unknown, fix: string): Check => ({
    name,
    status: 'error',
    found: error instanceof Error ? error.message : String(error),
    fix,
  });
  try {
    const install = await findBlender({ environment, directory: home });
    const found: Check = {
      name: 'blender',
      status: 'ok',
      found: `${install.version.join('.')}, ${install.kind === 'bpy' ? 'Python module bpy, ' : ''}${install.program}`,
    };
    try {
      const cacheDirectory = join(root, 'cache', 'capabilities');
      await mkdir(cacheDirectory, { recursive: true });
      return [
        found,
        ...capabilityChecks(await probeCapabilities(install, { cacheDirectory, allowUnsandboxed })),
      ];
    } catch (error) {
      return [found, failed('devices', error, 'see the sandbox below, and whether Blender starts by itself')];
    }
  } catch (error) {
    return [
      failed('blender', error, 'install Blender 3.0 or newer, or set DROPFRAME_BLENDER to its program'),
    ];
  }
}

/** Everything that rendering on this machine needs, looked at for real. */
export async function examine(options: DoctorOptions): Promise<readonly Check[]> {
  const groups = await Promise.all([
    [nodeCheck()],
    blenderChecks(options),
    ffmpegCheck('ffmpeg').then((check) => [check]),
    ffmpegCheck('ffprobe').then((check) => [check]),
    sandboxCheck(options.allowUnsandboxed).then((check) => [check]),
    diskCheck(options.root).then((check) => [check]),
    clockCheck(options.root, options.environment).then((check) => [check]),
  ]);
  return groups.flat();
}

const MARKS = { ok: 'ok', warning: 'warn', error: 'FAIL' } as const;

/** One check a line, and below it what to do. */
export function doctorLines(checks: readonly Check[]): readonly string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, status, found, fix }) => [
    `${MARKS[status].padEnd(4)}  ${name.padEnd(width)}  ${found}`,
    ...(fix === undefined ? [] : [`      ${' '.repeat(width)}  → ${fix}`]),
  ]);
  const bad = checks.filter(({ status }) => status === 'error').length;
  return [
    ...lines,
    '',
    bad === 0 ? 'Ready to render.' : `${plural(bad, 'thing')} to mend before it can render.`,
  ];
}
