import type { MissingReference } from '#shared/core/blend/missing.ts';
import type { SceneFacts, SceneReference } from '#shared/core/scene-facts.ts';
import { plural, printable } from './text.ts';

/** A scene inspected: what it says of itself, and which files it lacks. */
export interface Inspection {
  readonly path: string;
  readonly facts: SceneFacts;
  readonly missing: readonly MissingReference[];
}

/** For `--json`: the facts as they are, and what is missing. Stable: other programs read it. */
export const inspectionJson = ({ path, facts, missing }: Inspection) => ({
  path,
  ...facts,
  missing: missing.map(({ reference, expected, message }) => ({
    kind: reference.kind,
    path: reference.path,
    user: reference.user,
    expected,
    message,
  })),
});

/** For people: names on the left, what they are on the right, and what is wrong at the end. */
export function inspectionLines({ path, facts, missing }: Inspection): string[] {
  const rows: [name: string, ...values: string[]][] = [
    ['scene', path],
    ['saved by', `Blender ${version(facts)}${facts.compression === 'none' ? '' : `, ${facts.compression}`}`],
    ['renders', named(facts.scene, facts.scenes)],
    ['frames', framesOf(facts)],
    ['rate', rateOf(facts)],
    ['picture', pictureOf(facts)],
    ['engine', engineOf(facts)],
    [
      'camera',
      facts.camera === undefined ? 'NONE: Blender cannot render this' : named(facts.camera, facts.cameras),
    ],
    ['view layers', facts.viewLayers.join(', ')],
    ['output', `${facts.format} to ${facts.outputPath}`],
  ];
  const stages = [facts.usesCompositor && 'compositor', facts.usesSequencer && 'sequencer'].filter(Boolean);
  if (stages.length > 0) rows.push(['then', stages.join(', ')]);
  if (facts.simulations.length > 0) rows.push(['not baked', ...facts.simulations]);
  if (facts.scripts.length > 0) rows.push(['scripts', ...facts.scripts]);
  if (facts.references.length > 0) rows.push(['files', ...facts.references.map(referenceLine)]);
  if (missing.length > 0) rows.push(['MISSING', ...missing.map(({ message }) => message)]);
  return [...aligned(rows), '', verdict(facts, missing)];
}

const aligned = (rows: readonly (readonly [string, ...string[]])[]): string[] => {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.flatMap(([name, ...values]) =>
    values.map((value, index) => `${(index === 0 ? name : '').padEnd(width)}${printable(value)}`.trimEnd()),
  );
};

const version = ({ savedBy }: SceneFacts): string => `${savedBy.major}.${savedBy.minor}`;

const named = (chosen: string, all: readonly string[]): string => {
  const others = all.filter((name) => name !== chosen);
  return others.length === 0 ? chosen : `${chosen} (also: ${others.join(', ')})`;
};

const framesOf = ({ frameStart, frameEnd, frameStep }: SceneFacts): string => {
  const count = Math.max(0, Math.floor((frameEnd - frameStart) / frameStep) + 1);
  const step = frameStep === 1 ? '' : `x${frameStep}`;
  return `${frameStart}-${frameEnd}${step} (${plural(count, 'frame')})`;
};

const rateOf = ({ fps }: SceneFacts): string =>
  fps.denominator === 1
    ? `${fps.numerator} fps`
    : `${(fps.numerator / fps.denominator).toFixed(3)} fps (${fps.numerator}/${fps.denominator})`;

const pictureOf = ({ width, height, percent, border }: SceneFacts): string => {
  const scaled = (pixels: number): number => Math.floor((pixels * percent) / 100);
  const size =
    percent === 100
      ? `${width} × ${height}`
      : `${scaled(width)} × ${scaled(height)} (${percent}% of ${width} × ${height})`;
  return border ? `${size}, ${border.crop ? 'cropped to' : 'only'} a part of it` : size;
};

const engineOf = ({ engine, cycles }: SceneFacts): string => {
  if (engine !== 'CYCLES') return engine;
  const choice = (name: string, on: boolean | undefined) =>
    on === undefined ? [] : [`${name} ${on ? 'on' : 'off'}`];
  const said = [
    cycles.samples === undefined ? 'default samples' : plural(cycles.samples, 'sample'),
    ...choice('adaptive sampling', cycles.adaptiveSampling),
    ...choice('denoising', cycles.denoise),
    ...(cycles.osl ? ['Open Shading Language'] : []),
  ];
  return `${engine}, ${said.join(', ')}`;
};

const referenceLine = ({ kind, path, user, packed }: SceneReference): string =>
  `${kind}  ${path}  (${user}${packed ? ', packed' : ''})`;

const verdict = ({ camera, references }: SceneFacts, missing: readonly MissingReference[]): string => {
  if (missing.length > 0) return `${plural(missing.length, 'reference')} missing: it would not render right.`;
  if (camera === undefined)
    return 'It has no camera: set one in Blender (View > Cameras > Set Active Object as Camera).';
  const outside = references.filter(({ packed }) => !packed).length;
  return outside === 0
    ? 'Complete: it needs no other file.'
    : `Complete: ${plural(outside, 'reference')}, all there.`;
};
