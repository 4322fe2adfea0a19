import type { SceneFacts, SceneReference } from '../scene-facts.ts';
import { type FilesAtHand, locate, sequenceOf, tilePath } from './missing.ts';

export interface PresentReference {
  readonly reference: SceneReference;
  /** Every file at hand that the reference means: all frames of a sequence, all tiles, all of a folder. */
  readonly files: readonly string[];
}

/**
 * The files at hand that a scene refers to, by the rules of `missingReferences`: what of it goes with the
 * scene. Absolute paths and those outside of the root cannot.
 */
export const presentFiles = (
  facts: Pick<SceneFacts, 'references'>,
  sceneFilePath: string,
  files: FilesAtHand,
): readonly PresentReference[] =>
  facts.references
    .filter(({ packed }) => !packed)
    .flatMap((reference) => {
      const { path, isAbsolute, isOutside } = locate(reference.path, sceneFilePath);
      const found = isAbsolute || isOutside ? [] : meant(path, reference, files);
      return found.length > 0 ? [{ reference, files: found }] : [];
    });

const meant = (path: string, { spread, tiles }: SceneReference, files: FilesAtHand): readonly string[] => {
  switch (spread) {
    case 'folder':
      return Array.from(files.below(path), (name) => `${path}/${name}`);
    case 'sequence':
      return framesBeside(path, files);
    case 'tiles':
      return [...new Set((tiles ?? []).map((tile) => tilePath(path, tile)))].filter((file) =>
        files.has(file),
      );
    default:
      return files.has(path) ? [path] : [];
  }
};

/** All files named like one frame of a sequence, whatever their number. */
const framesBeside = (path: string, files: FilesAtHand): readonly string[] => {
  const sequence = sequenceOf(path);
  if (!sequence) return files.has(path) ? [path] : [];
  return [...files.names(sequence.folder)]
    .filter(sequence.isFrame)
    .map((name) => path.slice(0, path.lastIndexOf('/') + 1) + name);
};
