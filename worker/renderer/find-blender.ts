import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Fault } from '#shared/core/fault.ts';

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
export async function findBlender({ environment, directory }: FindOptions): Promise<BlenderInstall> {
  const named = environment.DROPFRAME_BLENDER;
  if (named) return asBlender(named, 'DROPFRAME_BLENDER');
  const python = environment.DROPFRAME_PYTHON;
  if (python) return asModule(python, 'DROPFRAME_PYTHON');
  const program = onPath(environment.PATH ?? '') ?? usualPlaces(environment).find(isProgram);
  if (program) return asBlender(program, 'the Blender found');
  const own = join(directory, '.tools', 'bpy', ...(WINDOWS ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  if (existsSync(own)) return asModule(own, 'the Python found');
  throw new Fault('UNAVAILABLE', `No Blender on this machine. ${HOW}`);
}

/** Names a file's content well enough to notice a replaced program. */
export const programStamp = ({ program }: BlenderInstall): string => {
  const path = realpathSync(program);
  const { mtimeMs, size } = statSync(path);
  return `${path} ${mtimeMs} ${size}`;
};

async function asBlender(program: string, source: string): Promise<BlenderInstall> {
  const said = await ask(program, ['--version'], source);
  const version = versionIn(/^Blender (\d+)\.(\d+)(?:\.(\d+))?/m.exec(said), program, source);
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
