import * as z from 'zod/mini';
import { Fault } from '#shared/core/fault.ts';
import {
  MAX_TILES,
  parseBudget,
  parseDeadline,
  parseDuration,
  parseFrameSetting,
  parseMemory,
  parseResolution,
  parseTiles,
} from '#shared/core/setting-values.ts';
import { DELIVERABLES, DEVICES, FORMATS, type RenderSettings } from '#shared/core/settings.ts';

/** Text that a function of the core reads; what it throws becomes the issue of the field. */
const read = <T, V>(schema: z.ZodMiniType<T>, parse: (value: T) => V) =>
  z.pipe(
    schema,
    z.transform((value: T, context): V => {
      try {
        return parse(value);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        context.issues.push({ code: 'custom', message: error.message, input: value });
        return z.NEVER;
      }
    }),
  );

const text = z.string().check(z.minLength(1), z.maxLength(4096));
const name = z.string().check(z.minLength(1), z.maxLength(256));
const from = (lowest: number, highest: number) => z.int().check(z.gte(lowest), z.lte(highest));

const sliceSize = read(
  z.union([from(1, 10_000_000), text, z.strictObject({ target: text })]),
  (value): NonNullable<RenderSettings['slice']> => {
    if (typeof value === 'number') return { frames: value };
    const size = typeof value === 'string' ? value.replace(/^\s*target\s*:\s*/, '') : value.target;
    return { targetMs: parseDuration(size) };
  },
);

const tiles = read(
  z.union([
    text,
    z.strictObject({
      columns: from(1, MAX_TILES),
      rows: from(1, MAX_TILES),
      overlap: z.exactOptional(from(0, 4096)),
    }),
  ]),
  (value): NonNullable<RenderSettings['tiles']> =>
    typeof value === 'string'
      ? parseTiles(value)
      : parseTiles(`${value.columns}x${value.rows}+${value.overlap ?? 0}`),
);

/** `meta` is what editors show and what an error offers as the way to write it. */
const field = <T extends z.ZodMiniType>(schema: T, description: string, ...examples: readonly unknown[]) =>
  z.exactOptional(schema.check(z.meta({ description, examples: [...examples] })));

/**
 * The settings of a render as people write them: `render.yaml` beside a scene, `render:` in the
 * `dropframe.yaml` of a project, the body of an API call, the options of the command line. Parsing gives
 * `RenderSettings`. One spelling a key; unknown keys are errors.
 */
export const writtenSettings = z.strictObject({
  frames: field(
    read(z.union([z.int(), text]), parseFrameSetting),
    'frames to render, in FileSeq notation',
    '1-48',
    '1-100x5',
  ),
  slice: field(sliceSize, 'frames of one slice, or how long a slice should take', 10, '5m', { target: '5m' }),
  order: field(z.enum(['sequential', 'scout-first']), 'which frames come first', 'sequential', 'scout-first'),
  tiles: field(tiles, 'tiles of a frame, columns x rows, and pixels of overlap', '2x2', '4x2+32'),
  sampleSubsets: field(from(1, 4096), 'into how many subsets the samples of a frame are cut', 4),
  resolution: field(read(text, parseResolution), 'size of the frames', '50%', '1920x1080'),
  samples: field(from(1, 16_777_216), 'samples a pixel', 64),
  format: field(z.enum(FORMATS), 'format of the frames', ...FORMATS),
  camera: field(name, 'name of the camera', 'Camera'),
  viewLayer: field(name, 'name of the view layer', 'ViewLayer'),
  device: field(z.enum(DEVICES), 'device to render with; fails when it is not there', ...DEVICES),
  gpuMemory: field(read(text, parseMemory), 'GPU memory that a slice needs', '8GiB'),
  priority: field(from(0, 100), 'from 0 to 100; 50 when absent', 50),
  deadline: field(read(text, parseDeadline), 'when it must be done, with zone', '2027-03-01T18:00:00+01:00'),
  budget: field(read(text, parseBudget), 'what it may cost', '10 USD'),
  deliverables: field(
    z.array(z.enum(DELIVERABLES)).check(z.maxLength(64)),
    'what to deliver; all of them when absent',
    [...DELIVERABLES],
  ),
  allowMissing: field(z.boolean(), 'render although textures, libraries or fonts are missing', true),
  force: field(z.array(name).check(z.maxLength(64)), 'refusals to override, by name', ['tiles-compositor']),
});

/** `dropframe.yaml` of a project folder. */
export const projectFile = z.strictObject({ render: z.exactOptional(writtenSettings) });

/** The keys of `written`, under the names of the core. */
export const toRenderSettings = ({ gpuMemory, ...rest }: z.infer<typeof writtenSettings>): RenderSettings =>
  gpuMemory === undefined ? rest : { ...rest, gpuMemoryMiB: gpuMemory };
