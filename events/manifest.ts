import * as z from 'zod/mini';
import { part } from './lease.ts';
import { preview, warning } from './report.ts';

/** The final truth of a render: every frame, the object that holds it, its hash, who rendered it. */
export const manifest = z.object({
  type: z.literal('manifest.v1'),
  renderId: z.string(),
  generation: z.int(),
  shot: z.string(),
  name: z.string(),
  version: z.int(),
  sceneId: z.string(),
  settings: z.record(z.string(), z.unknown()),
  fps: z.object({ numerator: z.int(), denominator: z.int() }),
  width: z.int(),
  height: z.int(),
  extension: z.string(),
  renderer: z.exactOptional(z.object({ name: z.string(), version: z.string(), device: z.string() })),
  complete: z.boolean(),
  /** In increasing order of frame; one entry a part. */
  frames: z.array(
    z.object({
      frame: z.int(),
      part: z.int(),
      key: z.string(),
      size: z.int(),
      sha256: z.string(),
      pixels: z.string(),
      preview: z.exactOptional(preview),
      worker: z.string(),
      slice: z.int(),
      attempt: z.int(),
      seconds: z.number(),
      warnings: z.array(warning),
    }),
  ),
  parts: z.array(part),
  segments: z.array(
    z.object({ key: z.string(), size: z.int(), sha256: z.string(), frames: z.array(z.int()) }),
  ),
  missing: z.array(z.object({ frame: z.int(), code: z.string(), message: z.string() })),
  warnings: z.array(warning),
});
export type Manifest = z.infer<typeof manifest>;
