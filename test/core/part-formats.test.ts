import { expect, test } from 'vitest';
import { sampleSubsetsNeedExr, tilesNeedLossless } from '#shared/core/part-formats.ts';
import { FORMATS } from '#shared/core/settings.ts';

test('sample subsets are merged in exr only, and every other format is told so by name', () => {
  const refused = FORMATS.filter((format) => sampleSubsetsNeedExr(format)?.includes(`not ${format}:`));
  expect(refused).toEqual(FORMATS.filter((format) => format !== 'exr'));
  expect(sampleSubsetsNeedExr('exr')).toBeUndefined();
});

test('tiles are stitched in formats that lose nothing', () => {
  const refused = FORMATS.filter((format) => tilesNeedLossless(format)?.includes(`not as ${format}.`));
  expect(refused).toEqual(['jpeg', 'webp', 'bmp', 'tga', 'hdr', 'dpx']);
});
