import { readdirSync, statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { type FilesAtHand, missingReferences } from '#shared/core/blend/missing.ts';
import { presentFiles } from '#shared/core/blend/present.ts';
import { Fault } from '#shared/core/fault.ts';
import type { SceneFacts, SceneReference } from '#shared/core/scene-facts.ts';

export interface CollectedFile {
  /** Relative to the scene's folder as a whole, `/` between names: where the file must lie for the scene to find it. */
  readonly path: string;
  /** On this machine. */
  readonly source: string;
}

/** Something that a scene refers to and that cannot go with it. */
export interface MissingInput {
  readonly path: string;
  readonly user: string;
  readonly reason: string;
}

/** A scene with everything that it needs, ready to be sent. */
export interface CollectedScene {
  /** The scene file among `files`. */
  readonly main: string;
  readonly files: readonly CollectedFile[];
  readonly missing: readonly MissingInput[];
  readonly facts: SceneFacts;
}

export type ReadScene = (path: string) => Promise<SceneFacts>;

/** A folder of caches larger than this is a mistake, such as a path to the home folder. */
const MAX_FILES = 100_000;

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

function fileNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function* filesBelow(folder: string): Iterable<string> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const folders = [''];
  let count = 0;
  for (const below of folders) {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      count += 1;
      if (count > MAX_FILES) {
        throw new Fault('TOO_LARGE', `${folder}: more than ${MAX_FILES} files; refer to a smaller folder`);
      }
      if (entry.isDirectory()) folders.push(`${below}${entry.name}/`);
      else if (entry.isFile()) yield `${below}${entry.name}`;
    }
  }
}

/** The files of this machine, for asking what of a scene is missing. */
export const filesOnDisk: FilesAtHand = { has: isFile, names: fileNames, below: filesBelow };

const ABSOLUTE = /^(?:\/(?!\/)|[A-Za-z]:\/)/;

/** The files that one reference of a scene means, and why some of them cannot go with it. */
function filesOf(
  reference: SceneReference,
  scene: string,
): { readonly files: readonly string[]; readonly missing: readonly MissingInput[] } {
  const { path, user } = reference;
  if (ABSOLUTE.test(path)) {
    const reason = 'the path is absolute; in Blender: File > External Data > Make Paths Relative';
    return { files: [], missing: [{ path, user, reason }] };
  }
  const alone = { references: [reference] };
  return {
    files: presentFiles(alone, scene, filesOnDisk).flatMap(({ files }) => files),
    missing: missingReferences(alone, scene, filesOnDisk).map(({ message }) => ({
      path,
      user,
      reason: message,
    })),
  };
}

function commonFolder(paths: readonly string[]): string {
  let common = dirname(paths[0]!).split(sep);
  for (const path of paths) {
    const parts = dirname(path).split(sep);
    const differs = common.findIndex((part, index) => part !== parts[index]);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return common.join(sep) || sep;
}

interface Found {
  readonly paths: ReadonlySet<string>;
  readonly missing: readonly MissingInput[];
  readonly facts: SceneFacts;
}

/** Follows the references of a scene, and of every library that it links. */
async function follow(main: string, read: ReadScene): Promise<Found> {
  const paths = new Set([main]);
  const missing: MissingInput[] = [];
  const facts = await read(main);
  const scenes: { readonly path: string; readonly facts: SceneFacts }[] = [{ path: main, facts }];
  for (const scene of scenes) {
    for (const reference of scene.facts.references) {
      if (reference.packed) continue;
      const found = filesOf(reference, scene.path);
      missing.push(...found.missing);
      for (const file of found.files) {
        const path = resolve(file);
        if (paths.has(path)) continue;
        paths.add(path);
        if (reference.kind === 'library') scenes.push({ path, facts: await read(path) });
      }
    }
  }
  return { paths, missing, facts };
}

/**
 * A scene file and all that it refers to, libraries followed. What cannot go with the
 * scene is told in `missing`, not thrown. Paths are relative to the folder that holds them all, so that
 * `//../textures/a.png` goes on working where the scene is laid out.
 */
export async function collectScene(scene: string, read: ReadScene): Promise<CollectedScene> {
  const main = await realpath(scene).catch(() => undefined);
  if (main === undefined) throw new Fault('NOT_FOUND', `${scene}: there is no such file`);
  const { paths, missing, facts } = await follow(main, read);
  const base = commonFolder([...paths]);
  const named = (path: string): string => relative(base, path).split(sep).join('/');
  const files = [...paths].sort().map((source) => ({ path: named(source), source }));
  return { main: named(main), files, missing, facts };
}

/** MISSING_INPUTS that names each of them, unless the settings allow it. */
export function requireComplete(scene: CollectedScene, allowMissing: boolean): void {
  if (allowMissing || scene.missing.length === 0) return;
  const lines = scene.missing.map(({ path, user, reason }) => `${path} (${user}): ${reason}`);
  throw new Fault(
    'MISSING_INPUTS',
    `the scene needs what is not there; put it there, or render without it (--allow-missing):\n${lines.join('\n')}`,
    { details: { missing: scene.missing } },
  );
}
