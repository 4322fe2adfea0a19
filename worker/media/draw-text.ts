import type { Picture } from './picture.ts';

/**
 * A tiny alphabet of our own, 3 by 5 pixels: five octal digits a glyph, one a row. Minimal systems have
 * no fonts, and a slate must be readable there too.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  '0': '75557',
  '1': '26227',
  '2': '71747',
  '3': '71317',
  '4': '55711',
  '5': '74717',
  '6': '74757',
  '7': '71122',
  '8': '75757',
  '9': '75717',
  A: '25755',
  B: '65656',
  C: '34443',
  D: '65556',
  E: '74647',
  F: '74644',
  G: '34553',
  H: '55755',
  I: '72227',
  J: '11152',
  K: '55655',
  L: '44447',
  M: '57755',
  N: '65555',
  O: '25552',
  P: '65644',
  Q: '25563',
  R: '65655',
  S: '34216',
  T: '72222',
  U: '55557',
  V: '55552',
  W: '55775',
  X: '55255',
  Y: '55222',
  Z: '71247',
  '-': '00700',
  '.': '00002',
  ',': '00024',
  ':': '02020',
  '/': '11244',
  '(': '12221',
  ')': '42224',
  "'": '22000',
  _: '00007',
  '#': '57575',
  '%': '51245',
  '=': '07070',
  '+': '02720',
  '?': '71202',
  ' ': '00000',
};
const GLYPH_WIDTH = 4;
export const GLYPH_HEIGHT = 5;

/** How wide a text is at scale 1. */
export const textWidth = (text: string): number => text.length * GLYPH_WIDTH - 1;

type Colour = readonly [red: number, green: number, blue: number];

/** Fills a rectangle, clipped to the picture. */
export function fillRect(
  { width, height, data }: Picture,
  rect: { x: number; y: number; width: number; height: number },
  colour: Colour,
): void {
  for (let y = Math.max(0, rect.y); y < Math.min(height, rect.y + rect.height); y += 1) {
    for (let x = Math.max(0, rect.x); x < Math.min(width, rect.x + rect.width); x += 1) {
      data.set(colour, (y * width + x) * 3);
    }
  }
}

/** Draws one line of text, in capitals, with its top left corner at `x`, `y`; clipped to the picture. */
export function drawText(
  picture: Picture,
  text: string,
  { x, y, scale, colour }: { x: number; y: number; scale: number; colour: Colour },
): void {
  for (const [place, character] of [...text.toUpperCase()].entries()) {
    const rows = GLYPHS[character] ?? GLYPHS['?']!;
    for (let row = 0; row < GLYPH_HEIGHT; row += 1) {
      for (let column = 0; column < 3; column += 1) {
        if (!(Number(rows[row]) & (4 >> column))) continue;
        const left = x + (place * GLYPH_WIDTH + column) * scale;
        fillRect(picture, { x: left, y: y + row * scale, width: scale, height: scale }, colour);
      }
    }
  }
}
