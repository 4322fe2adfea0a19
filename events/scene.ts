import * as z from 'zod/mini';

export const sceneFile = z.object({
  /** Relative to the scene's folder, `/` between names. */
  path: z.string(),
  size: z.int().check(z.nonnegative()),
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
});

/** A scene with all that it needs; stored as `scenes/<id>.json`, its id is the hash of `main` and `files`. */
export const sceneManifest = z.object({
  type: z.literal('scene.v1'),
  /** The scene file among `files`. */
  main: z.string(),
  files: z.array(sceneFile).check(z.minLength(1)),
});

export type SceneManifest = z.infer<typeof sceneManifest>;
