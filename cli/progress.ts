import type { RenderView, Working } from './render-view.ts';
import { bar, clip, duration, plural, printable } from './text.ts';

const BAR_WIDTH = 28;
const MAX_WORKERS = 16;

const titleOf = ({ shot, version }: RenderView): string =>
  printable(version > 0 ? `${shot} v${String(version).padStart(3, '0')}` : shot);

const pace = (framesPerSecond: number): string =>
  framesPerSecond >= 1 ? `${framesPerSecond.toFixed(1)} fps` : `${(1 / framesPerSecond).toFixed(1)} s/frame`;

function countsOf(view: RenderView): string {
  const percent = view.planned === 0 ? 0 : Math.floor((100 * view.rendered) / view.planned);
  const total = `${view.rendered}/${view.planned}${view.planComplete ? '' : '+'} ${view.unit}s`;
  const facts = [total, `${percent} %`];
  if (view.failed > 0) facts.push(`${view.failed} failed`);
  if (view.framesPerSecond !== undefined) facts.push(pace(view.framesPerSecond));
  if (view.remainingMs !== undefined) facts.push(`${duration(view.remainingMs)} left`);
  return facts.join('  ');
}

function workerLine(
  { worker, slice, attempt, frame, done, note, framesDone }: Working,
  width: number,
): string {
  const doing = frame === undefined ? 'getting ready' : `frame ${frame}`;
  const facts = [
    `  ${worker.padEnd(width)}  slice ${slice}`,
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    doing,
    ...(done === undefined || frame === undefined ? [] : [`${Math.floor(done * 100)} %`]),
    ...(note === undefined ? [] : [note]),
    ...(framesDone > 0 ? [`${framesDone} done`] : []),
  ];
  return printable(facts.join('  '));
}

/** The progress display of a terminal: what is done of what, how fast, and what each worker does. */
export function progressLines(view: RenderView, columns: number): readonly string[] {
  const lines = [`${titleOf(view)}  ${view.phase}`];
  for (const path of view.missingInputs.slice(0, 10)) lines.push(`  missing: ${printable(path)}`);
  if (view.missingInputs.length > 10) lines.push(`  and ${view.missingInputs.length - 10} more`);
  if (view.planned > 0) lines.push(`${bar(view.rendered / view.planned, BAR_WIDTH)}  ${countsOf(view)}`);
  const width = Math.max(0, ...view.workers.map(({ worker }) => worker.length));
  for (const pulse of view.workers.slice(0, MAX_WORKERS)) lines.push(workerLine(pulse, width));
  if (view.workers.length > MAX_WORKERS)
    lines.push(`  and ${view.workers.length - MAX_WORKERS} more workers`);
  const last = view.failures.at(-1);
  if (last) lines.push(printable(`  frame ${last.frame} failed: ${last.code}: ${last.message}`));
  return lines.map((line) => clip(line, columns));
}

/** Steps of five per cent: enough to see that it lives, few enough for a log. */
const STEPS = 20;
const stepOf = ({ rendered, planned }: RenderView): number =>
  planned === 0 ? 0 : Math.floor((rendered * STEPS) / planned);

/** What a log without a terminal gets to read between two looks at a render: only what is news. `endLines` tells the end. */
export function plainLines(before: RenderView | undefined, after: RenderView): readonly string[] {
  const lines: string[] = [];
  if (before?.phase !== after.phase && !after.final) lines.push(`${titleOf(after)}: ${after.phase}`);
  const known = new Set(before?.missingInputs);
  for (const path of after.missingInputs) if (!known.has(path)) lines.push(printable(`missing: ${path}`));
  const warned = new Set(before?.warnings.map(({ message }) => message));
  for (const { code, message } of after.warnings) {
    if (!warned.has(message)) lines.push(printable(`warning: ${code}: ${message}`));
  }
  const failed = new Set(before?.failures.map(({ frame, message }) => `${frame} ${message}`));
  for (const { frame, code, message } of after.failures) {
    if (!failed.has(`${frame} ${message}`))
      lines.push(printable(`frame ${frame} failed: ${code}: ${message}`));
  }
  if (after.planned > 0 && (before === undefined ? 0 : stepOf(before)) !== stepOf(after))
    lines.push(countsOf(after));
  return lines;
}

/** How it ended, in a few lines. */
export function endLines(view: RenderView): readonly string[] {
  const lines = [`${titleOf(view)}: ${view.phase}, ${plural(view.done, view.unit)} of ${view.planned}`];
  if (view.failure) lines.push(printable(`${view.failure.code}: ${view.failure.message}`));
  for (const { frame, code, message } of view.failures.slice(0, view.phase === 'done' ? 0 : 10)) {
    lines.push(printable(`frame ${frame}: ${code}: ${message}`));
  }
  for (const { code, message, times } of view.warnings) {
    lines.push(printable(`warning: ${code}: ${message}${times > 1 ? ` (${times} times)` : ''}`));
  }
  if (view.place !== undefined) {
    lines.push(printable(`in ${view.place}:`));
    for (const file of view.files.slice(0, 8)) lines.push(printable(`  ${file}`));
    if (view.files.length > 8) lines.push(`  and ${plural(view.files.length - 8, 'file')} more`);
  }
  return lines;
}
