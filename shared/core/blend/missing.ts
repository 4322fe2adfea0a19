import type { SceneFacts, SceneReference } from '../scene-facts.ts';

/** The files at hand, asked by the same paths as `sceneFilePath` (so relative to the inbox, or absolute). */
export interface FilesAtHand {
  has(path: string): boolean;
  /** Names of the files (not folders) in a folder; empty when there is no such folder. */
  names(folder: string): Iterable<string>;
  /**
   * Paths of all files of a folder and the folders in it, relative to it: a baked fluid keeps several kinds of
   * data apart. Best lazy: to know that a folder is not empty, one is enough.
   */
  below(folder: string): Iterable<string>;
}

export interface MissingReference {
  readonly reference: SceneReference;
  /**
   * Where each missing file should be. A sequence is one pattern with `#` for its digits, and a folder ends
   * with `/`: one file there is enough.
   */
  readonly expected: readonly string[];
  /** For people: what is missing, who needs it, where it is expected. */
  readonly message: string;
}

/**
 * Which files a scene refers to that are not there. Packed ones are in the scene itself.
 *
 * `//a/b` is looked up from the scene's folder, and so is a path without `//` (Blender would look in whatever
 * folder it was started from). `..` may leave the shot's folder, as productions share textures between shots,
 * but not the root of a relative `sceneFilePath`: such a file cannot be sent, so it is missing. Absolute paths
 * are asked for as they are; a `FilesAtHand` of an inbox has none.
 */
export const missingReferences = (
  facts: Pick<SceneFacts, 'references'>,
  sceneFilePath: string,
  files: FilesAtHand,
): MissingReference[] =>
  facts.references
    .filter(({ packed }) => !packed)
    .flatMap((reference) => {
      const place = locate(reference.path, sceneFilePath);
      const expected = place.isOutside ? [place.path] : absent(place.path, reference, files);
      if (expected.length === 0) return [];
      const why = place.isAbsolute
        ? 'absolute path, expected at '
        : place.isOutside
          ? 'outside of the inbox, expected at '
          : 'expected at ';
      const message = `${reference.kind} of "${reference.user}" is missing: ${why}${expected.join(', ')}`;
      return [{ reference, expected, message }];
    });

interface Place {
  readonly path: string;
  readonly isAbsolute: boolean;
  readonly isOutside: boolean;
}

export const locate = (stored: string, sceneFilePath: string): Place => {
  const scenePath = sceneFilePath.replaceAll('\\', '/');
  const folder = scenePath.slice(0, scenePath.lastIndexOf('/') + 1);
  const sceneName = scenePath.slice(folder.length).replace(/\.blend\d*$/i, '');
  const path = stored.replaceAll('<SCENE>', () => sceneName);
  const isAbsolute = /^(?:\/(?!\/)|[A-Za-z]:\/)/.test(path);
  if (isAbsolute) return { path, isAbsolute, isOutside: false };
  const joined = normalise(folder + path.replace(/^\/\//, ''));
  return { path: joined, isAbsolute, isOutside: joined === '..' || joined.startsWith('../') };
};

/** Resolves `.` and `..`, keeping a leading `/`, and `..` that lead out. */
const normalise = (path: string): string => {
  const kept: string[] = [];
  for (const step of path.split('/')) {
    if (step === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (step !== '' && step !== '.' && !(step === '..' && path.startsWith('/'))) kept.push(step);
  }
  return (path.startsWith('/') ? '/' : '') + kept.join('/');
};

const absent = (path: string, { spread, tiles }: SceneReference, files: FilesAtHand): string[] => {
  switch (spread) {
    case 'folder': {
      const [any] = files.below(path);
      return any === undefined ? [`${path}/`] : [];
    }
    case 'sequence':
      return absentSequence(path, files);
    case 'tiles':
      return [...new Set((tiles ?? []).map((tile) => tilePath(path, tile)))].filter(
        (file) => !files.has(file),
      );
    default:
      return files.has(path) ? [] : [path];
  }
};

const absentSequence = (path: string, files: FilesAtHand): string[] => {
  const sequence = sequenceOf(path);
  if (!sequence) return files.has(path) ? [] : [path];
  for (const name of files.names(sequence.folder)) if (sequence.isFrame(name)) return [];
  return [sequence.pattern];
};

const isDigit = (letter: string): boolean => letter >= '0' && letter <= '9';

/** The sequence that a path is one frame of: Blender counts with the last digits of the name. */
export const sequenceOf = (path: string) => {
  const slash = path.lastIndexOf('/') + 1;
  // By hand: a pattern that looks for the last digits takes quadratic time on a hostile name.
  let end = path.length;
  while (end > slash && !isDigit(path.charAt(end - 1))) end -= 1;
  let start = end;
  while (start > slash && isDigit(path.charAt(start - 1))) start -= 1;
  if (start === end) return undefined;
  const head = path.slice(slash, start);
  const tail = path.slice(end);
  return {
    folder: path.slice(0, Math.max(0, slash - 1)),
    pattern: `${path.slice(0, start)}${'#'.repeat(end - start)}${tail}`,
    isFrame: (name: string): boolean =>
      name.startsWith(head) &&
      name.endsWith(tail) &&
      /^\d+$/.test(name.slice(head.length, name.length - tail.length)),
  };
};

/** Before 3.1 the path names the first tile instead of a token. */
export const tilePath = (path: string, tile: number): string => {
  const across = ((tile - 1001) % 10) + 1;
  const up = Math.floor((tile - 1001) / 10) + 1;
  return /<UDIM>|<UVTILE>/.test(path)
    ? path.replaceAll('<UDIM>', `${tile}`).replaceAll('<UVTILE>', `u${across}_v${up}`)
    : path.replace(/1001(?=[^/]*$)/, `${tile}`);
};
