import type { Part } from '#shared/core/part.ts';
import type { DriverPart, Rect } from './protocol.ts';

/** The pixels that a tile renders, overlap included. Cuts lie at whole pixels, as equal as they get. */
export function tileRect(tile: Extract<Part, { kind: 'tile' }>, width: number, height: number): Rect {
  const [left, right] = span(tile.column, tile.columns, width, tile.overlap);
  const [top, bottom] = span(tile.row, tile.rows, height, tile.overlap);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

const span = (index: number, count: number, size: number, overlap: number): [number, number] => [
  Math.max(0, Math.floor((index * size) / count) - overlap),
  Math.min(size, Math.floor(((index + 1) * size) / count) + overlap),
];

export const driverPart = (part: Part, width: number, height: number): DriverPart =>
  part.kind === 'tile' ? { kind: 'tile', rect: tileRect(part, width, height) } : part;
