import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { findBlender } from '#worker/renderer/find-blender.ts';
import { probeCapabilities } from '#worker/renderer/probe-capabilities.ts';
import { folder, makeScenes, open, outcomes, problemsOf, rendered } from './renderer-rig.ts';

// The module is made from Blender's official sources: newer, and with all that a distribution leaves out.
const scenes = folder('bpy');
const python = resolve('.tools', 'bpy', 'bin', 'python');
const findModule = () => findBlender({ environment: { DROPFRAME_PYTHON: python }, directory: scenes });
beforeAll(() => makeScenes('denoised.py', scenes));

test('Python with the module renders what needs an official Blender, confined all the same', async () => {
  const install = await findModule();
  expect(install).toMatchObject({ kind: 'bpy', version: [4, 2, expect.any(Number)] });
  expect(await probeCapabilities(install, { cacheDirectory: join(scenes, 'cache') })).toMatchObject({
    ...{ runs: 'bpy', denoisers: ['OPENIMAGEDENOISE'], sandbox: 'bubblewrap' },
    features: ['alembic', 'usd', 'openvdb', 'osl'],
  });

  const settings = { format: 'exr', device: 'cpu' } as const;
  const renderer = await open(scenes, 'denoised.blend', { install, settings });
  expect(problemsOf(renderer.scene)).toEqual([]);
  const told = await outcomes(renderer, { frames: [1, 2, 7], preview: true });
  for (const outcome of told) {
    const { path, preview, warnings } = rendered(outcome);
    expect([path.endsWith('.exr'), warnings]).toEqual([true, []]);
    expect(await sharp(preview).metadata()).toMatchObject({ width: 33, height: 21, depth: 'uchar' });
  }
});

test('the same scene is refused by a Blender without the denoiser', async () => {
  const renderer = await open(scenes, 'denoised.blend');
  expect(problemsOf(renderer.scene)).toEqual(['refuse denoiser-missing', 'refuse denoiser-missing']);
});
