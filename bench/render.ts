/**
 * What Dropframe costs over Blender alone, as ratios measured in one run:
 *
 *   npm run bench:render -- [--only example,short,eevee] [--frames 1-8] [--repeat 3]
 *
 * For each scene: `blender -a` in one process and the best hand-made split over the cores, each with the
 * encoding of a movie on top, against `dropframe render` (verified, assembled, movie included) with one
 * worker and with as many workers as cores. For short frames also: slices of one frame against a process
 * for every frame. Prints a table, and writes the figures to bench/results/render.json.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeMovie, oneProcess, oneProcessAFrame, type Range, splitByHand, time } from './baseline.ts';

const root = join(import.meta.dirname, '..');
const results = join(import.meta.dirname, 'results');
/** A folder of their own: a `render.json` beside a scene is its settings. */
const scenes = join(results, 'scenes');
const cores = availableParallelism();

interface Subject {
  readonly name: string;
  readonly path: string;
  readonly range: Range;
  readonly fps: number;
  /** How many frames to render in a process each, for the comparison with slices of one frame. */
  readonly single: number;
}

const SUBJECTS: readonly Subject[] = [
  {
    name: 'example',
    path: join(root, 'examples/zoetrope.blend'),
    range: { start: 1, end: 48 },
    fps: 24,
    single: 0,
  },
  { name: 'short', path: join(scenes, 'short.blend'), range: { start: 1, end: 120 }, fps: 24, single: 20 },
  { name: 'eevee', path: join(scenes, 'eevee.blend'), range: { start: 1, end: 24 }, fps: 24, single: 0 },
];

/** Wall-clock seconds. */
interface Figures {
  readonly oneProcess: number;
  readonly splitDefaultThreads: number;
  readonly splitOneThread: number;
  readonly movie: number;
  readonly oneWorker: number;
  readonly allWorkers: number;
  readonly processAFrame?: number;
  readonly sliceAFrame?: number;
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    frames: { type: 'string' },
    repeat: { type: 'string', default: '1' },
    'baseline-only': { type: 'boolean', default: false },
  },
});

/** As on a machine that has rendered before: what its Blender can do is asked once, not for every render. */
const state = await mkdtemp(join(tmpdir(), 'dropframe-bench-state-'));
let renders = 0;

/** Each time a shot of its own, since the same request twice is one render. */
async function dropframe({ path, range }: Subject, args: readonly string[]): Promise<number> {
  renders += 1;
  const command = [join(root, 'cli/dropframe.mjs'), 'render', path, '--root', state];
  const asked = ['--frames', `${range.start}-${range.end}`, '--shot', `bench/render/${renders}`, ...args];
  return time(process.execPath, [...command, ...asked]);
}

async function single(scratch: string, subject: Subject): Promise<Partial<Figures>> {
  if (subject.single === 0) return {};
  const { start } = subject.range;
  const few = { start, end: Math.min(subject.range.end, start + subject.single - 1) };
  const processAFrame = await oneProcessAFrame(subject.path, join(scratch, 'single', 'f'), few);
  if (options['baseline-only']) return { processAFrame };
  const total = await dropframe(subject, ['--slice', '1', '--workers', '1']);
  return { processAFrame, sliceAFrame: total / (subject.range.end - start + 1) };
}

async function measure(subject: Subject): Promise<Figures> {
  const scratch = await mkdtemp(join(tmpdir(), 'dropframe-bench-'));
  const frames = join(scratch, 'frames', 'f');
  const { path, range, fps } = subject;
  try {
    const ours = (workers: number) =>
      options['baseline-only'] ? Number.NaN : dropframe(subject, ['--workers', `${workers}`]);
    return {
      oneProcess: await oneProcess(path, frames, range),
      oneWorker: await ours(1),
      splitDefaultThreads: await splitByHand(path, frames, range, { processes: cores, threads: [] }),
      splitOneThread: await splitByHand(path, frames, range, { processes: cores, threads: ['-t', '1'] }),
      allWorkers: await ours(cores),
      movie: await encodeMovie(frames, range, fps),
      ...(await single(scratch, subject)),
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The run in the middle, figure by figure. */
function median(runs: readonly Figures[]): Figures {
  const middle = (key: keyof Figures) =>
    runs.map((run) => run[key] ?? Number.NaN).sort((a, b) => a - b)[runs.length >> 1];
  return Object.fromEntries(
    Object.keys(runs[0] ?? {}).map((key) => [key, middle(key as keyof Figures)]),
  ) as never;
}

function rows(name: string, figures: Figures): readonly (readonly string[])[] {
  const split = Math.min(figures.splitDefaultThreads, figures.splitOneThread);
  const shown = (value: number, unit = '') =>
    Number.isNaN(value) ? '-' : value.toFixed(unit ? 2 : 3) + unit;
  const compare = (what: string, theirs: number, ours: number) => [
    ...[name, what, shown(theirs, ' s'), shown(ours, ' s'), shown(ours / theirs)],
  ];
  const { processAFrame, sliceAFrame = Number.NaN, movie } = figures;
  return [
    compare('one process, then movie | 1 worker', figures.oneProcess + movie, figures.oneWorker),
    compare(`best split by hand, then movie | ${cores} workers`, split + movie, figures.allWorkers),
    ...(processAFrame
      ? [compare('a process a frame | a slice a frame, per frame', processAFrame, sliceAFrame)]
      : []),
  ];
}

function chosen(): readonly Subject[] {
  const names = options.only?.split(',') ?? SUBJECTS.map(({ name }) => name);
  const unknown = names.filter((name) => !SUBJECTS.some((subject) => subject.name === name));
  if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: choose from example, short, eevee`);
  const [start, end] = options.frames?.split('-').map(Number) ?? [];
  return SUBJECTS.filter(({ name }) => names.includes(name)).map((subject) =>
    start && end ? { ...subject, range: { start, end } } : subject,
  );
}

await mkdir(scenes, { recursive: true });
const maker = join(import.meta.dirname, 'make-scenes.py');
await time('blender', ['-b', '--factory-startup', '--python-exit-code', '7', '-P', maker, '--', scenes]);

const [, short] = SUBJECTS;
if (short && !options['baseline-only']) await dropframe({ ...short, range: { start: 1, end: 1 } }, []);

const report: Record<string, { median: Figures; runs: readonly Figures[] }> = {};
const table: (readonly string[])[] = [
  ['scene', 'Blender alone | Dropframe', 'Blender', 'Dropframe', 'ratio'],
];
for (const subject of chosen()) {
  const runs: Figures[] = [];
  for (let run = 0; run < Number(options.repeat); run++) runs.push(await measure(subject));
  report[subject.name] = { median: median(runs), runs };
  table.push(...rows(subject.name, median(runs)));
}

const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
for (const row of table)
  process.stdout.write(`${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}\n`);
await writeFile(join(results, 'render.json'), `${JSON.stringify({ cores, scenes: report }, null, 2)}\n`);
await rm(state, { recursive: true, force: true });
