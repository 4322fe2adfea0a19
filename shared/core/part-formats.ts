import type { Format } from './settings.ts';

/**
 * Why frames of this format cannot be rendered as sample subsets; undefined when they can. The mean of
 * subsets is the whole frame's picture only in linear light and in float, before any view transform;
 * and only for colour: depth, indices and cryptomattes have no mean, which rules multilayer files out.
 */
export const sampleSubsetsNeedExr = (format: Format): string | undefined =>
  format === 'exr'
    ? undefined
    : `Sample subsets need the format exr, not ${format}: they are averaged in linear float. Set format: exr, or leave sampleSubsets out.`;

const LOSSLESS: readonly Format[] = ['png', 'exr', 'exr-multilayer', 'tiff'];

/** Why frames of this format cannot be rendered as tiles; undefined when stitching loses nothing. */
export const tilesNeedLossless = (format: Format): string | undefined =>
  LOSSLESS.includes(format)
    ? undefined
    : `Tiles can be stitched exactly as ${LOSSLESS.join(', ')}, not as ${format}. Set one of these formats, or leave tiles out.`;
