import * as z from 'zod/mini';
import { sceneFile } from './scene.ts';

/** `POST /v1/assets`: which of these files are not here yet, and where to PUT them. */
export const assetsRequest = z.strictObject({
  files: z
    .array(
      z.object({ sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)), size: z.int().check(z.nonnegative()) }),
    )
    .check(z.maxLength(1000)),
});

/** `POST /v1/renders`: a scene whose files are here, the shot it belongs to, and how to render it. */
export const renderRequest = z.strictObject({
  /** `project/sequence/shot` */
  shot: z.string(),
  /** Of the scene, for people; its file's name when absent. */
  name: z.exactOptional(z.string().check(z.minLength(1), z.maxLength(255))),
  version: z.exactOptional(z.int().check(z.positive())),
  scene: z.strictObject({
    main: z.string(),
    files: z.array(sceneFile).check(z.minLength(1), z.maxLength(100_000)),
  }),
  /** As in `render.yaml`. */
  settings: z.exactOptional(z.unknown()),
  why: z.exactOptional(z.string().check(z.maxLength(1000))),
});

/** `POST /v1/renders/:id/cancel` and `…/retry`. */
export const steerRequest = z.strictObject({ why: z.exactOptional(z.string().check(z.maxLength(1000))) });
