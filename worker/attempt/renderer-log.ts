/** What the renderer printed during one attempt: its first words and its last ones. */
export interface RendererLog {
  add(line: { readonly text: string; readonly frame?: number }): void;
  /** One line a line, those of a frame with `[frame 12] ` in front; `undefined` when nothing was printed. */
  text(): string | undefined;
}

const HEAD_LINES = 200;
const TAIL_LINES = 1000;
const MOST_CHARACTERS = 400;

/** The start says what was opened, the end what went wrong; a talkative render costs no more than both. */
export function createRendererLog(): RendererLog {
  const head: string[] = [];
  const tail: string[] = [];
  let left = 0;
  return {
    add({ text, frame }) {
      const line = `${frame === undefined ? '' : `[frame ${frame}] `}${text.slice(0, MOST_CHARACTERS)}`;
      if (head.length < HEAD_LINES) return void head.push(line);
      tail.push(line);
      // Cut now and then, not with every line.
      if (tail.length >= 2 * TAIL_LINES) left += tail.splice(0, TAIL_LINES).length;
    },
    text() {
      if (head.length === 0) return undefined;
      const gap = left > 0 ? [`… ${left} lines left out …`] : [];
      return `${[...head, ...gap, ...tail].join('\n')}\n`;
    },
  };
}
