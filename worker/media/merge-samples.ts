import { readFile } from 'node:fs/promises';
import { Fault } from '#shared/core/fault.ts';
import { sampleSubsetsNeedExr } from '#shared/core/part-formats.ts';
import { inThread } from './in-thread.ts';
import type { SampleFile } from './merge-exr.ts';
import { formatOf } from './picture.ts';

/**
 * Merges the sample subsets of one frame into it: the mean weighted by samples, in linear float. Within
 * 1e-5 of the frame rendered whole when its subsets are 32-bit OpenEXR; REFUSED for other formats.
 */
export async function mergeSamples(subsets: readonly SampleFile[], output: string): Promise<void> {
  const refused = sampleSubsetsNeedExr(formatOf(await readFile(subsets[0]!.path)));
  if (refused) throw new Fault('REFUSED', refused);
  await inThread('mergeExr', { subsets, output });
}
