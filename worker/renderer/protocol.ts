import { isAbsolute, posix } from 'node:path';
import * as z from 'zod/mini';
import type { Part } from '#shared/core/part.ts';
import { FORMATS } from '#shared/core/settings.ts';
import { type Rect, tileRects } from '#shared/core/tile-rect.ts';

/** The driver's answers. It runs beside untrusted data in the sandbox, so each is checked on arrival. */
const text = z.string().check(z.maxLength(16_384));
const warning = z.object({ code: text, message: text });
const file = text.check(z.refine((path) => isAbsolute(path) && posix.normalize(path) === path));
const marked = { mark: z.int() };

const capabilities = z.object({
  ...marked,
  is: z.literal('capabilities'),
  version: z.tuple([z.int(), z.int(), z.int()]),
  engines: z.array(text),
  devices: z.array(z.enum(['cpu', 'cuda', 'optix', 'hip', 'metal', 'oneapi'])),
  denoisers: z.array(text),
  features: z.array(z.enum(['alembic', 'usd', 'osl', 'openvdb'])),
});

const opened = z.object({
  ...marked,
  is: z.literal('opened'),
  scene: z.object({
    engine: text,
    width: z.int(),
    height: z.int(),
    fps: z.object({ numerator: z.int().check(z.positive()), base: z.number().check(z.positive()) }),
    extension: text.check(z.regex(/^\.[a-z0-9]{1,8}$/i)),
    format: z.enum(FORMATS),
    device: text,
    animated: z.boolean(),
  }),
  problems: z.array(z.extend(warning, { severity: z.enum(['refuse', 'warn']) })),
});

export const driverMessage = z.discriminatedUnion('is', [
  z.object({ ...marked, is: z.literal('ready') }),
  capabilities,
  opened,
  z.object({ ...marked, is: z.literal('unreadable'), message: text }),
  z.object({ ...marked, is: z.literal('started'), frame: z.int() }),
  z.object({
    ...marked,
    is: z.literal('frame'),
    frame: z.int(),
    path: file,
    preview: z.optional(file),
    seconds: z.number(),
    warnings: z.array(warning),
  }),
  z.object({
    ...marked,
    is: z.literal('failed'),
    frame: z.int(),
    code: z.enum(['REFUSED', 'MISSING_INPUTS', 'RENDERER_FAILED']),
    message: text,
    permanent: z.boolean(),
  }),
  z.object({ ...marked, is: z.literal('rendered') }),
]);

export type DriverMessage = z.infer<typeof driverMessage>;
export type DriverMessageOf<T extends DriverMessage['is']> = Extract<DriverMessage, { is: T }>;

/** A part as the driver takes it: tiles in pixels from the top left corner. */
export type DriverPart =
  | { readonly kind: 'whole' }
  | { readonly kind: 'tile'; readonly rect: Rect }
  | { readonly kind: 'samples'; readonly offset: number; readonly count: number; readonly total: number };

export const driverPart = (part: Part, frame: { width: number; height: number }): DriverPart =>
  part.kind === 'tile' ? { kind: 'tile', rect: tileRects(part, frame).rendered } : part;

export type DriverCommand =
  | { readonly do: 'capabilities' }
  | {
      readonly do: 'open';
      readonly scene: string;
      /** Files outside this folder are told. */
      readonly root: string;
      readonly settings: object;
      readonly threads: number;
      /** No single file may grow beyond it. */
      readonly fileBytes: number;
    }
  | {
      readonly do: 'render';
      readonly frames: readonly number[];
      readonly part: DriverPart;
      readonly directory: string;
      readonly preview: boolean;
    }
  | { readonly do: 'quit' };
