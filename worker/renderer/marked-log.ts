import type { Readable } from 'node:stream';
import { type LogSign, readSign } from './log-signs.ts';

/** What one stream said between two marks: what matters of it, and its last lines. */
export interface LogPassage {
  readonly signs: readonly LogSign[];
  readonly tail: readonly string[];
}

const MAX_LINE = 4096;
const MAX_TAIL = 12;
const MAX_SIGNS = 50;
export const NOTHING_SAID: LogPassage = { signs: [], tail: [] };

export interface MarkedLog {
  /** The number of the last mark that came by. */
  readonly mark: () => number;
  /** What was said before mark `mark` and after the one before it; forgets it. */
  take(mark: number): LogPassage;
  /** What was said since the last mark. */
  rest(): LogPassage;
}

/**
 * Cuts one stream of Blender's chatter into passages at the marks that the driver prints, so that each
 * line belongs to exactly one answer. Memory is bounded whatever a scene prints, and no matter how much.
 */
export function createMarkedLog(
  stream: Readable,
  token: string,
  { onLine, onMark }: { onLine(line: string): void; onMark(): void },
): MarkedLog {
  const passages = new Map<number, LogPassage>();
  let last = 0;
  let signs = new Map<string, LogSign>();
  let tail: string[] = [];
  let open = '';

  const rest = (): LogPassage => ({ signs: [...signs.values()], tail });
  const line = (text: string): void => {
    if (text.startsWith(`\x1d${token} `)) {
      last = Number(text.slice(token.length + 2));
      passages.set(last, rest());
      signs = new Map();
      tail = [];
      onMark();
      return;
    }
    if (text.trim() === '') return;
    const sign = readSign(text);
    if (sign && signs.size < MAX_SIGNS) signs.set(`${sign.code} ${sign.message}`, sign);
    tail.push(text);
    if (tail.length > MAX_TAIL) tail.shift();
    onLine(text);
  };

  stream.setEncoding('utf8');
  stream.on('data', (data: string) => {
    const lines = (open + data).split('\n');
    open = (lines.pop() as string).slice(0, MAX_LINE);
    for (const text of lines) line(text.slice(0, MAX_LINE).trimEnd());
  });
  stream.on('end', () => line(open));

  return {
    mark: () => last,
    take(mark) {
      const passage = passages.get(mark) ?? NOTHING_SAID;
      passages.delete(mark);
      return passage;
    },
    rest,
  };
}

export const joined = (...passages: readonly LogPassage[]): LogPassage => ({
  signs: passages.flatMap(({ signs }) => signs),
  tail: passages.flatMap(({ tail }) => tail),
});
