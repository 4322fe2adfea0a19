import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partSize, tileRects } from '#shared/core/tile-rect.ts';

const tile = (column: number, row: number, columns: number, rows: number, overlap = 0) =>
  ({ kind: 'tile', column, row, columns, rows, overlap }) as const;

test('columns count from the left, rows from the top', () => {
  expect(tileRects(tile(1, 0, 2, 2), { width: 101, height: 51 })).toEqual({
    kept: { x: 50, y: 0, width: 51, height: 25 },
    rendered: { x: 50, y: 0, width: 51, height: 25 },
  });
});

test('the overlap grows inner edges only, and stops at the frame', () => {
  expect(tileRects(tile(0, 1, 2, 3, 8), { width: 100, height: 60 }).rendered).toEqual({
    x: 0,
    y: 12,
    width: 58,
    height: 36,
  });
  expect(tileRects(tile(1, 0, 3, 1, 100), { width: 90, height: 10 }).rendered).toEqual({
    x: 0,
    y: 0,
    width: 90,
    height: 10,
  });
});

test('more tiles than pixels are refused', () => {
  expect(() => tileRects(tile(0, 0, 3, 1), { width: 2, height: 9 })).toThrow('3x1 tiles of a frame of 2x9');
  expect(() => tileRects(tile(0, 0, 1, 3), { width: 9, height: 2 })).toThrow('use fewer tiles');
});

test('a part is rendered to its tile with overlap, or to the whole frame', () => {
  const frame = { width: 100, height: 60 };
  expect(partSize(tile(0, 0, 2, 1, 5), frame)).toMatchObject({ width: 55, height: 60 });
  expect(partSize({ kind: 'whole' }, frame)).toEqual(frame);
  expect(partSize({ kind: 'samples', offset: 0, count: 8, total: 16 }, frame)).toEqual(frame);
});

test('kept rectangles cover every pixel once and lie within what is rendered', () => {
  const sizes = fc.record({
    width: fc.integer({ min: 1, max: 60 }),
    height: fc.integer({ min: 1, max: 60 }),
    columns: fc.integer({ min: 1, max: 9 }),
    rows: fc.integer({ min: 1, max: 9 }),
    overlap: fc.integer({ min: 0, max: 40 }),
  });
  fc.assert(
    fc.property(sizes, ({ width, height, columns, rows, overlap }) => {
      fc.pre(columns <= width && rows <= height);
      const seen = new Uint8Array(width * height);
      for (let column = 0; column < columns; column += 1) {
        for (let row = 0; row < rows; row += 1) {
          const { kept, rendered } = tileRects(tile(column, row, columns, rows, overlap), { width, height });
          expect(rendered.x).toBeLessThanOrEqual(kept.x);
          expect(rendered.y).toBeLessThanOrEqual(kept.y);
          expect(rendered.x + rendered.width).toBeGreaterThanOrEqual(kept.x + kept.width);
          expect(rendered.y + rendered.height).toBeGreaterThanOrEqual(kept.y + kept.height);
          for (let y = kept.y; y < kept.y + kept.height; y += 1) {
            for (let x = kept.x; x < kept.x + kept.width; x += 1) seen[y * width + x]! += 1;
          }
        }
      }
      expect(seen.every((times) => times === 1)).toBe(true);
    }),
  );
});
