/** Leaves room for `_v001.0001.exr` and a temporary suffix within the 255 bytes of common file systems. */
const MAX_BASE_BYTES = 180;

/** How many bytes a text takes as UTF-8; what file systems and object stores count. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** Control characters and what Windows, macOS or Linux refuse in a file name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are refused
const UNSAFE = /[\u0000-\u001f\u007f-\u009f/\\:*?"<>|]/g;

/**
 * A text as one file name that every file system takes: no separators or control characters, no dot at
 * either end, not too long, never empty. Spaces, unicode, `#` and `%` stay.
 */
export function safeFileName(text: string): string {
  let name = text.toWellFormed().normalize('NFC').replaceAll(UNSAFE, '_');
  name = name.replace(/^[ .]+/, '').replace(/[ .]+$/, '');
  if (utf8Length(name) > MAX_BASE_BYTES) {
    const kept: string[] = [];
    let bytes = 0;
    for (const character of name) {
      bytes += utf8Length(character);
      if (bytes > MAX_BASE_BYTES) break;
      kept.push(character);
    }
    name = kept.join('');
  }
  return name === '' ? 'shot' : name;
}

/** Base of everything that a render delivers: `sh010_v003`. `shot` is a shot id or the last part of one. */
export function deliverableBase(shot: string, version: number): string {
  const last = shot.slice(shot.lastIndexOf('/') + 1);
  return `${safeFileName(last)}_v${String(version).padStart(3, '0')}`;
}

/** A frame number as the sequence's names carry it: at least four digits, `-` in front when negative. */
export const framePadded = (frame: number): string =>
  `${frame < 0 ? '-' : ''}${String(Math.abs(frame)).padStart(4, '0')}`;

/** `sh010_v003.0012.exr`; `extension` with its dot. */
export const frameFileName = (base: string, frame: number, extension: string): string =>
  `${base}.${framePadded(frame)}${extension}`;
