import { scanExr } from '#worker/verify/scan-exr.ts';
import { scanRaster } from '#worker/verify/scan-raster.ts';
import { mergeExr } from './merge-exr.ts';
import { showExr, showRaster } from './show-linear.ts';
import { stitchExr } from './stitch-exr.ts';

/** What may take long on the processor and therefore runs in a media thread (see `inThread`). */
export const operations = { scanExr, scanRaster, stitchExr, mergeExr, showExr, showRaster } as const;
export type Operations = typeof operations;
