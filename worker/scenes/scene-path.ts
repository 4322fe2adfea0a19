import { Fault } from '#shared/core/fault.ts';

const MAX_PATH_BYTES = 1024;
const MAX_NAME_BYTES = 255;

/**
 * The path of one file of a scene, checked: relative, normalised, nothing that any file system reads as
 * a way out. Throws INVALID_INPUT. The control plane is ours, but the names in it were written by others.
 */
export function checkScenePath(path: string): string {
  const names = path.split('/');
  const problem = reasonAgainst(path) ?? names.map(reasonAgainstName).find((reason) => reason !== undefined);
  if (problem === undefined) return path;
  throw new Fault(
    'INVALID_INPUT',
    `Scene file ${JSON.stringify(path.slice(0, 200))} ${problem}; scene files are named by a normalised path within the scene's folder.`,
    { details: { path } },
  );
}

/** Checks every path, that none is another's folder, and that the scene file itself is among them. */
export function checkScenePaths(paths: readonly string[], main: string): void {
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(checkScenePath(path)))
      throw new Fault('INVALID_INPUT', `Scene file ${JSON.stringify(path)} is listed twice.`);
    seen.add(path);
  }
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (!seen.has(path.slice(0, end))) continue;
      const both = `${JSON.stringify(path.slice(0, end))} and ${JSON.stringify(path)}`;
      throw new Fault('INVALID_INPUT', `Scene files ${both} cannot both exist.`);
    }
  }
  if (seen.has(main)) return;
  throw new Fault('INVALID_INPUT', `The scene file ${JSON.stringify(main)} is not among the scene's files.`);
}

function reasonAgainst(path: string): string | undefined {
  if (path === '') return 'has no name';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  if (path.startsWith('/')) return 'is absolute';
  if (/^[A-Za-z]:/.test(path)) return 'names a drive';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\\\u0000-\u001f]/.test(path)) return 'holds a backslash or a control character';
  return undefined;
}

function reasonAgainstName(name: string): string | undefined {
  if (name === '..') return 'leaves the folder';
  if (name === '' || name === '.') return 'is not normalised';
  return Buffer.byteLength(name) > MAX_NAME_BYTES
    ? `has a name longer than ${MAX_NAME_BYTES} bytes`
    : undefined;
}
