import type { Control } from './control.ts';

/** A line that the renderer printed, and during which frame. */
export interface PrintedLine {
  readonly frame?: number;
  readonly text: string;
}

/** What the renderer printed during one attempt. */
export interface Printed {
  readonly slice: number;
  readonly attempt: number;
  readonly worker: string;
  readonly lines: readonly PrintedLine[];
}

const lineOf = (line: string): PrintedLine => {
  const [, frame, text] = /^\[frame (-?\d+)\] (.*)$/.exec(line) ?? [];
  return frame === undefined || text === undefined ? { text: line } : { frame: Number(frame), text };
};

/** Of a frame: what was printed during it, and during no frame, as when the scene was opened. */
export const concerns =
  (frame: number | undefined) =>
  (line: PrintedLine): boolean =>
    frame === undefined || line.frame === undefined || line.frame === frame;

/** Attempt by attempt, of as many slices as there are: nothing but the current one is held. */
export async function* readPrinted(
  control: Control,
  renderId: string,
  slices: Iterable<number>,
): AsyncGenerator<Printed> {
  for (const slice of slices) {
    for (const report of await control.reports(renderId, slice)) {
      const text = await control.rendererLog(report);
      if (text === undefined) continue;
      const lines = text.split('\n').filter((line) => line !== '');
      yield { slice, attempt: report.attempt, worker: report.worker, lines: lines.map(lineOf) };
    }
  }
}
