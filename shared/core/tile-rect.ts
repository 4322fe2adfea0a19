import { Fault } from './fault.ts';
import type { Part } from './part.ts';

/** Whole pixels, counted from the top left corner of the frame. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface TileRects {
  /** What the tile contributes to the frame: all tiles' together cover it exactly once. */
  readonly kept: Rect;
  /** What is rendered: the same, grown by the overlap on inner edges, within the frame. */
  readonly rendered: Rect;
}

/** One axis: where the n-th of `count` nearly equal spans starts. */
const edge = (size: number, index: number, count: number): number => Math.floor((size * index) / count);

function span(size: number, index: number, count: number, overlap: number) {
  const [from, to] = [edge(size, index, count), edge(size, index + 1, count)];
  return { from, to, first: Math.max(0, from - overlap), last: Math.min(size, to + overlap) };
}

/** Where a tile lies in a frame of the given size. A frame with fewer pixels than tiles is INVALID_INPUT. */
export function tileRects(
  tile: Extract<Part, { kind: 'tile' }>,
  { width, height }: { readonly width: number; readonly height: number },
): TileRects {
  const { column, row, columns, rows, overlap } = tile;
  if (columns > width || rows > height) {
    throw new Fault(
      'INVALID_INPUT',
      `${columns}x${rows} tiles of a frame of ${width}x${height}: use fewer tiles.`,
    );
  }
  const x = span(width, column, columns, overlap);
  const y = span(height, row, rows, overlap);
  return {
    kept: { x: x.from, y: y.from, width: x.to - x.from, height: y.to - y.from },
    rendered: { x: x.first, y: y.first, width: x.last - x.first, height: y.last - y.first },
  };
}

/** The size of the image that a part of a frame is rendered to. */
export const partSize = (
  part: Part,
  frame: { readonly width: number; readonly height: number },
): { readonly width: number; readonly height: number } =>
  part.kind === 'tile' ? tileRects(part, frame).rendered : frame;
