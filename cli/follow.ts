import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#shared/core/fault.ts';
import type { Cli, Output } from './context.ts';
import { printLines } from './context.ts';
import type { Control } from './control.ts';
import { endLines, plainLines, progressLines } from './progress.ts';
import { type RenderView, viewRender } from './render-view.ts';

const LOOK_EVERY_MS = 200;
/** Some terminals say that they have no columns and no rows at all: what is shown there is shown as on this. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** The terminal with a size in any case: log-update shows nothing where there are 0 rows. */
function sized(output: Output): Writable {
  const writable = new Writable({
    write(piece, _, done) {
      output.write(piece);
      done();
    },
  });
  return Object.defineProperties(writable, {
    isTTY: { value: true },
    // Asked anew each time: people resize their terminals.
    columns: { get: () => output.columns || DEFAULT_COLUMNS },
    rows: { get: () => output.rows || DEFAULT_ROWS },
  });
}

/** Looks again and again until the render ended or the signal came; each look is told. */
async function watch(
  cli: Cli,
  control: Control,
  renderId: string,
  signal: AbortSignal,
  told: (view: RenderView) => void,
): Promise<RenderView> {
  for (;;) {
    const from = cli.now();
    const record = await control.read(renderId);
    const view = record && viewRender(record, cli.now());
    if (!view) throw new Fault('NOT_FOUND', `${renderId}: there is no such render`);
    told(view);
    if (view.final || signal.aborted) return view;
    // A log that takes long to read is read less often, so that looking never slows the rendering.
    const pauseMs = Math.max(LOOK_EVERY_MS, 10 * (cli.now() - from));
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
}

/**
 * Shows a render until it ends: a live display in a terminal, plain lines elsewhere, nothing when `quiet`.
 * Gives the last look; it is not final when `signal` came first.
 */
export async function follow(
  cli: Cli,
  control: Control,
  renderId: string,
  { signal, quiet }: { readonly signal: AbortSignal; readonly quiet: boolean },
): Promise<RenderView> {
  if (quiet) return watch(cli, control, renderId, signal, () => {});
  let last: RenderView;
  if (cli.stdout.isTTY) {
    const { createLogUpdate } = await import('log-update');
    const display = createLogUpdate(sized(cli.stdout));
    const show = (view: RenderView): void =>
      display(progressLines(view, cli.stdout.columns || DEFAULT_COLUMNS).join('\n'));
    try {
      last = await watch(cli, control, renderId, signal, show);
      display.clear();
    } finally {
      display.done();
    }
  } else {
    let before: RenderView | undefined;
    last = await watch(cli, control, renderId, signal, (view) => {
      printLines(cli.stdout, plainLines(before, view));
      before = view;
    });
  }
  if (last.final) printLines(cli.stdout, endLines(last));
  return last;
}
