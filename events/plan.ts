import * as z from 'zod/mini';

/** How a render is cut, kept beside it as `renders/<id>/plan-<round>.json`. A later round extends an earlier one. */
export const storedPlan = z.object({
  type: z.literal('plan.v1'),
  sceneId: z.string(),
  plan: z.object({
    frames: z.array(z.unknown()),
    parts: z.array(z.unknown()),
    slices: z.array(z.object({ position: z.int(), count: z.int(), part: z.int() })),
    complete: z.boolean(),
  }),
  facts: z.unknown(),
  settings: z.unknown(),
});
