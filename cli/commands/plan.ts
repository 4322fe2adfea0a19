import { resolve } from 'node:path';
import { Command } from 'commander';
import { readSceneFile } from '#shared/blend-file.ts';
import { countFrames, sliceFrames } from '#shared/core/frame-range.ts';
import { formatFileseq } from '#shared/core/frame-range-text.ts';
import type { Part } from '#shared/core/part.ts';
import type { Plan } from '#shared/core/plan.ts';
import { planRender } from '#shared/core/slicing.ts';
import { type Cli, printJson, printLines } from '../context.ts';
import { wholeNumber } from '../run-options.ts';
import { sceneSettings } from '../scene-settings.ts';
import { addSettingsOptions, settingsFromOptions } from '../settings-options.ts';
import { plural, printable, table } from '../text.ts';

const EXAMPLES = `
Examples:
  $ dropframe plan shot.blend
  $ dropframe plan shot.blend --frames 1-100 --slice 10
  $ dropframe plan shot.blend --slice 5m --workers 8
  $ dropframe plan shot.blend --frames 100 --tiles 2x2 --json`;

interface PlanOptions {
  readonly workers: number;
  readonly json?: boolean;
}

const partName = (part: Part): string => {
  if (part.kind === 'tile') return `tile ${part.column + 1},${part.row + 1} of ${part.columns}x${part.rows}`;
  if (part.kind === 'samples')
    return `samples ${part.offset + 1}-${part.offset + part.count} of ${part.total}`;
  return 'whole';
};

const framesOfSlices = ({ frames, slices, parts }: Plan) =>
  slices.map(({ position, count, part }, slice) => ({
    slice,
    frames: formatFileseq(sliceFrames(frames, position, count)),
    count,
    part: parts[part]!,
  }));

/** What would be rendered as a unit, one slice a line. */
export function planLines(plan: Plan): readonly string[] {
  const rows = framesOfSlices(plan).map(({ slice, frames, count, part }) => [
    String(slice),
    frames,
    String(count),
    partName(part),
  ]);
  const counts = `${plural(countFrames(plan.frames), 'frame')} in ${plural(plan.slices.length, 'slice')}`;
  const more = plan.complete
    ? []
    : ['These go first, to measure how long a frame takes; the rest is cut when they are back.'];
  return [...table(['slice', 'frames', 'count', 'part'], rows), '', counts, ...more];
}

async function plan(cli: Cli, sceneArgument: string, options: PlanOptions): Promise<void> {
  const path = resolve(cli.cwd, sceneArgument);
  const settings = await sceneSettings(path, settingsFromOptions({ ...options }));
  const facts = await readSceneFile(path);
  const { plan: planned, warnings } = planRender({ facts, settings, slots: options.workers });
  if (options.json) {
    const { frames, parts, complete } = planned;
    printJson(cli, {
      frames: formatFileseq(frames),
      frameCount: countFrames(frames),
      parts,
      complete,
      slices: framesOfSlices(planned),
      warnings,
    });
    return;
  }
  printLines(cli.stdout, planLines(planned));
  for (const { code, message } of warnings) cli.stderr.write(`warning: ${code}: ${printable(message)}\n`);
}

export function command(cli: Cli): Command {
  const made = new Command('plan')
    .description('The slices of a scene with the given settings, without rendering.')
    .argument('<scene>', 'a .blend file')
    .option('--workers <n>', 'how many would render at once', wholeNumber(1, 256), 1);
  return addSettingsOptions(made)
    .addHelpText('after', EXAMPLES)
    .action((scene: string, options: PlanOptions) => plan(cli, scene, options));
}
