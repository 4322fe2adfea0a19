/**
 * What of a frame one slice renders: all of it, one tile, or one subset of its samples.
 * Tile columns count from the left, rows from the top.
 */
export type Part =
  | { readonly kind: 'whole' }
  | {
      readonly kind: 'tile';
      readonly column: number;
      readonly row: number;
      readonly columns: number;
      readonly rows: number;
      /** Pixels rendered beyond each inner edge and cropped away when stitching. */
      readonly overlap: number;
    }
  | {
      readonly kind: 'samples';
      readonly offset: number;
      readonly count: number;
      readonly total: number;
    };

export const WHOLE: Part = { kind: 'whole' };
