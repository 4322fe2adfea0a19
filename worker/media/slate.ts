import { framePadded } from '#shared/core/names.ts';
import { drawText, fillRect, GLYPH_HEIGHT, textWidth } from './draw-text.ts';
import type { Picture } from './picture.ts';

const GROUND = [24, 26, 30] as const;
const AMBER = [255, 176, 32] as const;
const GREY = [170, 174, 180] as const;
const REASON_COLUMNS = 44;
const REASON_LINES = 4;

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text
    .split(/\s+/)
    .flatMap((long) => long.match(new RegExp(`.{1,${REASON_COLUMNS}}`, 'g')) ?? [])) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= REASON_COLUMNS)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.slice(0, REASON_LINES);
}

/** What a movie shows in place of a missing frame: which one, and why. Readable without any font installed. */
export function slate(
  { width, height }: { readonly width: number; readonly height: number },
  { frame, reason }: { readonly frame: number; readonly reason: string },
): Picture {
  const picture: Picture = { width, height, data: new Uint8Array(width * height * 3) };
  const edge = Math.max(1, Math.round(Math.min(width, height) / 60));
  fillRect(picture, { x: 0, y: 0, width, height }, AMBER);
  fillRect(picture, { x: edge, y: edge, width: width - 2 * edge, height: height - 2 * edge }, GROUND);
  const titles = [`FRAME ${framePadded(frame)}`, 'MISSING'];
  const big = Math.max(1, Math.floor((width * 0.55) / textWidth(titles[0]!)));
  const small = Math.max(1, Math.floor((width * 0.8) / textWidth('M'.repeat(REASON_COLUMNS))));
  const lines = [
    ...titles.map((text) => ({ text, scale: big, colour: AMBER })),
    ...wrapped(reason).map((text) => ({ text, scale: small, colour: GREY })),
  ];
  const heightOf = (scale: number) => (GLYPH_HEIGHT + 3) * scale;
  let y = Math.max(
    edge,
    Math.floor((height - lines.reduce((sum, { scale }) => sum + heightOf(scale), 0)) / 2),
  );
  for (const { text, scale, colour } of lines) {
    drawText(picture, text, {
      x: Math.max(edge, Math.floor((width - textWidth(text) * scale) / 2)),
      y,
      scale,
      colour,
    });
    y += heightOf(scale);
  }
  return picture;
}
