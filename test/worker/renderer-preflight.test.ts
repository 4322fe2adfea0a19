import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { FrameSettings } from '#worker/renderer/renderer.ts';
import { folder, makeScenes, open, outcomes, problemsOf, rendered } from './renderer-rig.ts';

const scenes = folder('broken');
beforeAll(() => makeScenes('broken.py', scenes));

/*
 * Everything that Blender renders wrongly with exit code 0, and what becomes of it:
 *
 * missing, corrupt or truncated texture    `missing`, `damaged`, and frame by frame `steps` below
 * missing library, missing linked block    `missing` below
 * missing font                             `missing` below
 * GPU asked, none there                    warned: "what a scene says for other machines" (renderer-frames)
 * engine not installed                     `engine` below
 * disk full while EXR is written           "a full disk" (renderer-failures)
 * Python driver blocked                    `driver` below
 * registered script blocked                `driver` below
 * unbaked rigid body, cloth, fluid         `rigid`, `cloth` below
 * movie output of the file                 rendered as PNG, and warned (renderer-frames)
 * no-overwrite with an old file there      overwriting is always on, in a new folder (renderer-frames)
 * denoise nodes in a Blender without them  `unfit` below
 * -P script fails                          cannot be: exit code 7 is set before -P, and no answer comes
 * -S, -F, -f, -s/-e, -o after -f           cannot be: none of them is used; the driver sets what is asked
 */
const rows: readonly [scene: string, settings: FrameSettings, problems: readonly string[]][] = [
  [
    'missing',
    {},
    [
      ...['refuse missing-file', 'refuse missing-font', 'refuse missing-image', 'refuse missing-image'],
      ...['refuse missing-image', 'refuse missing-library', 'refuse missing-linked-data'],
      ...['refuse missing-linked-data', 'refuse missing-volume', 'warn renderer-error'],
    ],
  ],
  ['damaged', {}, [...Array.from({ length: 6 }, () => 'refuse broken-image'), 'refuse missing-image']],
  ['unseen', {}, []],
  ['driver', {}, ['refuse driver-blocked', 'warn script-blocked']],
  ['freestyle', {}, ['refuse freestyle-script', 'refuse no-view-layer']],
  ['engine', {}, ['refuse engine-not-available']],
  [
    'unfit',
    { camera: 'Nope', viewLayer: 'Nope', device: 'cuda', resolution: { width: 3, height: 20 } },
    [
      ...['refuse camera-not-found', 'refuse denoiser-missing', 'refuse denoiser-missing'],
      ...['refuse device-not-available', 'refuse no-camera', 'refuse osl-missing'],
      ...['refuse resolution-not-possible', 'refuse stereoscopy', 'refuse view-layer-not-found'],
    ],
  ],
  ['newer', {}, ['refuse scene-too-new']],
  ['outside', {}, ['warn outside-scene']],
  ['rigid', {}, ['refuse unbaked-simulation', 'refuse unbaked-simulation']],
  ['baked', {}, []],
];

test.each(rows)('%s', async (scene, settings, problems) => {
  const renderer = await open(scenes, `${scene}.blend`, { settings });
  expect(problemsOf(renderer.scene)).toEqual([...problems].sort());
  if (!problems.some((problem) => problem.startsWith('refuse'))) return;
  await expect(outcomes(renderer, {})).rejects.toMatchObject({ code: 'REFUSED' });
});

test('allowMissing makes warnings of what is missing, each naming data-block and file', async () => {
  const renderer = await open(scenes, 'missing.blend', { settings: { allowMissing: true } });
  expect(problemsOf(renderer.scene).filter((problem) => problem.startsWith('refuse'))).toEqual([]);
  const said = renderer.scene.problems.map(({ message }) => message).join('\n');
  for (const name of ['gone.png', 'udim.<UDIM>.png), tile 1002', 'gone.ttf', 'gone.vdb', 'gone.ies']) {
    expect(said).toContain(name);
  }
  expect(said).toContain("Library 'gone-library.blend'");
  expect(said).toMatch(/'Table' is linked from '.*kept-library.blend'/);
  expect(rendered((await outcomes(renderer, {}))[0]).path).toMatch(/\.png$/);
});

test('a sequence is judged frame by frame', async () => {
  const frames = [1, 2, 3, 4, 5];
  const strict = await open(scenes, 'steps.blend');
  expect(strict.scene).toMatchObject({ problems: [], animated: true });
  const told = await outcomes(strict, { frames });
  expect(told.filter(({ ok }) => ok).map(({ frame }) => frame)).toEqual([1, 4, 5]);
  expect(told.filter(({ ok }) => !ok)).toMatchObject([
    {
      frame: 2,
      code: 'MISSING_INPUTS',
      message: expect.stringMatching(/step_0002.png.*cut off/),
      permanent: true,
    },
    {
      frame: 3,
      code: 'MISSING_INPUTS',
      message: expect.stringMatching(/step_0003.png.*missing/),
      permanent: true,
    },
  ]);
  const lenient = await open(scenes, 'steps.blend', { settings: { allowMissing: true } });
  const warned = (await outcomes(lenient, { frames })).map((outcome) => rendered(outcome).warnings.length);
  expect(warned).toEqual([0, 1, 1, 0, 0]);
});

test('an unbaked simulation warns on each frame that was not rendered in order from its start', async () => {
  const renderer = await open(scenes, 'cloth.blend');
  expect(problemsOf(renderer.scene)).toEqual(['warn unbaked-simulation']);
  const warned = async (frames: number[]) =>
    (await outcomes(renderer, { frames })).map((outcome) => rendered(outcome).warnings.length);
  expect(await warned([1, 2, 3])).toEqual([0, 0, 0]);
  expect(await warned([3])).toEqual([1]);
});

test('a file output node writes nothing, and says so', async () => {
  const renderer = await open(scenes, 'file-output.blend');
  expect(problemsOf(renderer.scene)).toEqual(['warn file-output-node']);
  expect(await outcomes(renderer, {})).toMatchObject([{ ok: true, warnings: [] }]);
});

test.each([
  ['empty', Buffer.of()],
  ['random', Buffer.from('BLENDER-v304 is what this is not'.repeat(50))],
  ['cut', 'half'],
])('a scene file that is %s is INVALID_SCENE', async (name, bytes) => {
  const whole = readFileSync(join(scenes, 'baked.blend'));
  writeFileSync(
    join(scenes, `${name}.blend`),
    bytes === 'half' ? whole.subarray(0, whole.length / 2) : bytes,
  );
  await expect(open(scenes, `${name}.blend`)).rejects.toMatchObject({
    code: 'INVALID_SCENE',
    message: expect.stringContaining(`${name}.blend`),
  });
});

test('unknown settings are named before Blender starts', async () => {
  const settings = { format: 'gif' } as unknown as FrameSettings;
  await expect(open(scenes, 'baked.blend', { settings })).rejects.toThrow(/`format` gif is unknown.*png/);
});
