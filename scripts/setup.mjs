/**
 * What has to be there before anything of Dropframe can run: npm packages (with the pinned Node 24 among
 * them), Blender, ffmpeg and bubblewrap. Plain JavaScript on Node ≥ 20 with nothing installed; instant when
 * all is there.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const PINNED_MAJOR = 24;
const onWindows = process.platform === 'win32';
const pinnedNode = join(root, 'node_modules', 'node', 'bin', onWindows ? 'node.exe' : 'node');

const say = (line) => process.stdout.write(`${line}\n`);

/** Ends the process with a sentence instead of a stack trace. */
export function giveUp(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function runQuietly(what, command, args, env = process.env) {
  say(`${what} …`);
  const startedAt = Date.now();
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
    shell: onWindows && command.endsWith('.cmd'),
  });
  if (status === 0) {
    say(`  done in ${Math.round((Date.now() - startedAt) / 1000)} s`);
    return;
  }
  const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-20).join('\n');
  giveUp(`${said}\n${what} failed: ${error?.message ?? `${command} ${args.join(' ')} ended with ${status}`}`);
}

/** npm as it was called (`npm run …` says where it is), else the one on the PATH. */
function npm(what, args) {
  const self = process.env.npm_execpath;
  if (self?.endsWith('.js')) return runQuietly(what, process.execPath, [self, ...args]);
  runQuietly(what, onWindows ? 'npm.cmd' : 'npm', args);
}

const readPackages = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages;

/** True when node_modules holds exactly what package-lock.json asks for (npm notes what it installed). */
function packagesAreInstalled() {
  if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) return false;
  const wanted = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '' || (optional && !installed[path])) return true;
    return installed[path]?.version === version && installed[path]?.integrity === integrity;
  });
}

function majorOf(binary) {
  if (!existsSync(binary)) return 0;
  const { stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
}

/** Installs the npm packages when needed and returns the Node that everything else runs on. */
export function setUpPackages() {
  if (!packagesAreInstalled()) {
    npm('Installing npm packages', ['ci', '--include=dev', '--no-audit', '--no-fund']);
  }
  if (majorOf(pinnedNode) === PINNED_MAJOR) return pinnedNode;
  // The package `node` fetches its binary in an install script, which may have been switched off.
  npm(`Fetching Node ${PINNED_MAJOR}`, ['rebuild', 'node', '--ignore-scripts=false']);
  if (majorOf(pinnedNode) === PINNED_MAJOR) return pinnedNode;
  return giveUp(
    `Node ${PINNED_MAJOR} is missing at ${pinnedNode}. Delete node_modules and run: npm ci --ignore-scripts=false`,
  );
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Where a program is on the PATH, or undefined. */
export function findProgram(name) {
  const endings = onWindows ? (process.env.PATHEXT ?? '.EXE').split(';') : [''];
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending))).find(isExecutable);
}

/** As the worker looks for it: named, on the PATH, in its usual place, or as a Python module. */
function hasBlender() {
  const { DROPFRAME_BLENDER, DROPFRAME_PYTHON, ProgramFiles = 'C:\\Program Files' } = process.env;
  const usual = {
    darwin: '/Applications/Blender.app/Contents/MacOS/Blender',
    win32: join(ProgramFiles, 'Blender Foundation'),
  };
  const places = [usual[process.platform] ?? '/opt/blender/blender', join(root, '.tools', 'bpy')];
  return Boolean(DROPFRAME_BLENDER || DROPFRAME_PYTHON || findProgram('blender')) || places.some(existsSync);
}

const blender = { name: 'Blender', packages: ['blender'], isThere: hasBlender };
const ffmpeg = { name: 'ffmpeg', packages: ['ffmpeg'], isThere: () => findProgram('ffmpeg') };
/** Confines Blender; exists on Linux only. */
const bubblewrap = {
  name: 'bubblewrap',
  packages: ['bubblewrap'],
  isThere: () => process.platform !== 'linux' || findProgram('bwrap'),
};
/** An independent reader of images, to check ours against. */
const oiiotool = {
  name: 'oiiotool',
  packages: ['openimageio-tools'],
  isThere: () => findProgram('oiiotool'),
};

export const toRender = [blender, ffmpeg, bubblewrap];
export const toTest = [...toRender, oiiotool];

/** One line that a person can paste. Package managers other than apt call the image tools `openimageio`. */
function howToInstall(missing) {
  const names = missing.flatMap(({ packages }) => packages);
  const elsewhere = names.map((name) => (name === 'openimageio-tools' ? 'openimageio' : name));
  if (process.platform === 'darwin') return `brew install ${elsewhere.join(' ')}`;
  if (onWindows)
    return `choco install ${elsewhere.join(' ')}   (or, with winget: winget install BlenderFoundation.Blender Gyan.FFmpeg)`;
  if (findProgram('dnf')) return `sudo dnf install ${elsewhere.join(' ')}`;
  if (findProgram('pacman')) return `sudo pacman -S ${elsewhere.join(' ')}`;
  return `sudo apt-get install --no-install-recommends ${names.join(' ')}`;
}

/** Installs the programs that are missing where that is allowed (Linux, root, apt); else says how to. */
export function setUpPrograms(programs) {
  const missing = programs.filter(({ isThere }) => !isThere());
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(', ');
  if (process.platform !== 'linux' || process.getuid() !== 0 || !findProgram('apt-get')) {
    giveUp(`Missing: ${names}. Install with: ${howToInstall(missing)}`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  runQuietly('Updating the package lists', 'apt-get', ['update', '-q'], env);
  const packages = missing.flatMap((one) => one.packages);
  const install = ['install', '-y', '-q', '--no-install-recommends', ...packages];
  runQuietly(`Installing ${names} (this may take some minutes)`, 'apt-get', install, env);
  const still = missing.filter(({ isThere }) => !isThere());
  if (still.length > 0)
    giveUp(`Still missing after the installation: ${still.map(({ name }) => name).join(', ')}`);
}

/** The version that the tests know, and the only Python that it runs on. */
const MODULE = { version: '4.2.23', python: '3.11' };

/** Blender as a Python module, in .tools/bpy: an official build beside the distribution's. For tests only. */
export function setUpBlenderModule() {
  const home = join(root, '.tools', 'bpy');
  const python = join(home, ...(onWindows ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const answers = (program, code) => spawnSync(program, ['-c', code], { encoding: 'utf8' }).stdout?.trim();
  if (answers(python, 'import importlib.metadata as m; print(m.version("bpy"))') === MODULE.version) return;
  const isRight = (name) =>
    answers(name, 'import sys, ensurepip; print("%d.%d" % sys.version_info[:2])') === MODULE.python;
  const candidates = [`python${MODULE.python}`, 'python3', 'python'];
  if (!candidates.some(isRight) && process.platform === 'linux' && process.getuid() === 0) {
    const install = ['install', '-y', '-q', '--no-install-recommends', `python${MODULE.python}-venv`];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    runQuietly(`Installing Python ${MODULE.python}`, 'apt-get', install, env);
  }
  const base = candidates.find(isRight);
  if (!base) {
    giveUp(
      `Missing: Python ${MODULE.python} with venv, for Blender as a Python module. Install it and try again.`,
    );
  }
  runQuietly('Making a place for Blender as a Python module', base, ['-m', 'venv', '--clear', home]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `bpy==${MODULE.version}`];
  runQuietly('Installing it (about 350 MB)', python, pip);
}
