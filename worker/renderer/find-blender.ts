import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Fault } from '#shared/core/fault.ts';
import { keptAnswer, programStamp } from './kept-answer.ts';

/** A Blender on this machine, as a program or as a Python module. */
export interface BlenderInstall {
  readonly kind: 'blender' | 'bpy';
  /** The program to start: Blender, or a Python that has `bpy`. */
  readonly program: string;
  readonly version: readonly [number, number, number];
  /** Folders that the program needs to see. */
  readonly roots: readonly string[];
}

export interface FindOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where `.tools/bpy` may be. */
  readonly directory: string;
  /** Where versions are kept between starts; asked every time when absent. */
  readonly cacheDirectory?: string;
}

const run = promisify(execFile);
const OLDEST = [3, 0] as const;
const WINDOWS = process.platform === 'win32';
const HOW =
  'Install Blender 3.0 or newer (Linux: `apt install blender`; macOS: `brew install --cask blender`; ' +
  'Windows: `winget install BlenderFoundation.Blender`), or set DROPFRAME_BLENDER to its program, ' +
  'or DROPFRAME_PYTHON to a Python that has the `bpy` module.';

/**
 * The Blender to render with: what DROPFRAME_BLENDER or DROPFRAME_PYTHON names, else `blender` on the
 * path or in its usual place, else a Python with `bpy` in `.tools/bpy`. What is named but does not work
 * is a Fault, never passed over.
 */
export async function findBlender({
  environment,
  directory,
  cacheDirectory,
}: FindOptions): Promise<BlenderInstall> {
  const named = environment.DROPFRAME_BLENDER;
  if (named) return asBlender(named, 'DROPFRAME_BLENDER', cacheDirectory);
  const python = environment.DROPFRAME_PYTHON;
  if (python) return asModule(python, 'DROPFRAME_PYTHON');
  const program = onPath(environment.PATH ?? '') ?? usualPlaces(environment).find(isProgram);
  if (program) return asBlender(program, 'the Blender found', cacheDirectory);
  const own = join(directory, '.tools', 'bpy', ...(WINDOWS ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  if (existsSync(own)) return asModule(own, 'the Python found');
  throw new Fault('UNAVAILABLE', `No Blender on this machine. ${HOW}`);
}

const VERSION = /^Blender (\d+)\.(\d+)(?:\.(\d+))?/m;

async function asBlender(
  program: string,
  source: string,
  cacheDirectory: string | undefined,
): Promise<BlenderInstall> {
  const question = {
    isGood: (text: string) => VERSION.test(text),
    ask: () => ask(program, ['--version'], source),
  };
  const said =
    cacheDirectory && isProgram(program)
      ? await keptAnswer(cacheDirectory, `version ${programStamp(program)}`, question)
      : await question.ask();
  const version = versionIn(VERSION.exec(said), program, source);
  return { kind: 'blender', program, version, roots: [dirname(realpathSync(program))] };
}

async function asModule(program: string, source: string): Promise<BlenderInstall> {
  const code =
    'import bpy, sys; print("bpy", *bpy.app.version); print("\\n".join((sys.prefix, sys.base_prefix)))';
  const said = await ask(program, ['-I', '-c', code], source);
  const found = /^bpy (\d+) (\d+) (\d+)\r?\n(.+)\r?\n(.+)/m.exec(said);
  const version = versionIn(found, program, source);
  const roots = [
    ...new Set([found?.[4] as string, found?.[5] as string].map((path) => resolve(path.trim()))),
  ];
  return { kind: 'bpy', program: resolve(program), version, roots };
}

async function ask(program: string, args: readonly string[], source: string): Promise<string> {
  try {
    const { stdout } = await run(program, args, { timeout: 60_000, windowsHide: true });
    return stdout;
  } catch (cause) {
    throw new Fault('UNAVAILABLE', `${source} (${program}) does not run: ${String(cause)}. ${HOW}`, {
      cause,
    });
  }
}

function versionIn(match: RegExpExecArray | null, program: string, source: string): [number, number, number] {
  if (!match)
    throw new Fault('UNAVAILABLE', `${source} (${program}) does not say that it is Blender. ${HOW}`);
  const version: [number, number, number] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (version[0] < OLDEST[0]) {
    throw new Fault(
      'UNAVAILABLE',
      `${source} (${program}) is Blender ${version.join('.')}, which is too old. ${HOW}`,
    );
  }
  return version;
}

const onPath = (path: string): string | undefined =>
  path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, WINDOWS ? 'blender.exe' : 'blender'))
    .find(isProgram);

function usualPlaces(environment: FindOptions['environment']): string[] {
  if (process.platform === 'darwin') return ['/Applications/Blender.app/Contents/MacOS/Blender'];
  if (!WINDOWS) return ['/opt/blender/blender'];
  const home = join(environment.ProgramFiles ?? 'C:\\Program Files', 'Blender Foundation');
  const versions = existsSync(home) ? readdirSync(home).sort().reverse() : [];
  return versions.map((version) => join(home, version, 'blender.exe'));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
