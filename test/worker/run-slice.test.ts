import { describe, expect, test } from 'vitest';
import { Fault } from '#shared/core/fault.ts';
import { frameName } from '#worker/attempt/settle-frame.ts';
import { sha256 } from './control-double.ts';
import { createRig, GRANT } from './rig.ts';
import { verifyFrame } from './scripted-renderer.ts';

test('a slice ends as verified frames, a segment and a report that says all of it', async () => {
  const rig = await createRig();
  rig.script.scene.problems = [{ code: 'CODE_IN_SCENE', message: 'A script.', severity: 'warn' }];
  const order = rig.order({ frames: [2, 3, -1] });
  const before = Date.now();

  const result = await rig.worker.run(GRANT, 7);

  expect(result).toEqual({
    outcome: 'reported',
    ended: 'finished',
    renderId: 'render-1',
    slice: order.slice,
    attempt: 1,
    frames: 3,
    failures: 0,
    handedBack: 0,
  });
  expect(rig.control.leases).toEqual([expect.objectContaining({ index: 7, worker: 'test-worker', run: 1 })]);
  const report = rig.control.report(order)!;
  const prefix = `renders/render-1/attempts/${order.slice}/1/`;
  const frame = (number: number, name: string, warnings: object[] = []) => ({
    frame: number,
    part: 0,
    key: prefix + name,
    size: `pixels of ${number}`.length,
    sha256: sha256(`pixels of ${number}`),
    pixels: sha256(`decoded pixels of ${number}`),
    width: 64,
    height: 36,
    preview: {
      key: prefix + name.replace('f_', 'preview_'),
      size: `preview of ${number};`.length,
      sha256: sha256(`preview of ${number};`),
    },
    seconds: 1.5,
    warnings,
  });
  const movie = 'preview of -1;preview of 2;preview of 3;';
  expect(report).toEqual({
    type: 'report.v1',
    renderId: 'render-1',
    slice: order.slice,
    attempt: 1,
    worker: 'test-worker',
    ended: 'finished',
    startedAt: expect.any(Number),
    finishedAt: expect.any(Number),
    renderer: { name: 'blender', version: '3.4.1', device: 'optix' },
    fps: { numerator: 24, denominator: 1 },
    animated: true,
    frames: [
      frame(-1, 'f_-0000001_p0.png'),
      frame(2, 'f_0000002_p0.png'),
      frame(3, 'f_0000003_p0.png', [{ code: 'SLOW', message: 'Frame 3 was slow.' }]),
    ],
    failures: [],
    segment: {
      key: `${prefix}segment.mp4`,
      size: movie.length,
      sha256: sha256(movie),
      frames: [-1, 2, 3],
      width: 64,
      height: 36,
    },
    warnings: [{ code: 'CODE_IN_SCENE', message: 'A script.' }],
  });
  expect(report.startedAt).toBeGreaterThanOrEqual(before);
  expect(report.finishedAt).toBeGreaterThanOrEqual(report.startedAt);
  expect(rig.control.requests.findLast((request) => request.startsWith('PUT'))).toBe(
    `PUT /objects/${prefix}report.json`,
  );
  expect(rig.control.names(order).sort()).toEqual([
    'f_-0000001_p0.png',
    'f_0000002_p0.png',
    'f_0000003_p0.png',
    'preview_-0000001_p0.png',
    'preview_0000002_p0.png',
    'preview_0000003_p0.png',
    'report.json',
    'segment.mp4',
  ]);
});

test('what the renderer printed goes with its own attempt, also when that fails', async () => {
  const rig = await createRig();
  rig.script.says = (frame) => `Sample 1/16 of ${frame}`;
  rig.script.behave = (frame) => (frame === 2 ? 'fails' : 'good');
  const orders = [rig.order({ frames: [1, 2] }), rig.order({ frames: [3] })];
  for (const [index, expected] of [
    '[frame 1] Sample 1/16 of 1\n[frame 2] Sample 1/16 of 2\n',
    '[frame 3] Sample 1/16 of 3\n',
  ].entries()) {
    await rig.worker.run(GRANT, index);
    const { log } = rig.control.report(orders[index]!)!;
    expect(log).toEqual({ key: expect.stringMatching(/log\.txt$/), size: expected.length });
    expect(rig.control.objects.get(log!.key)?.toString()).toBe(expected);
  }
});

test('nothing of an attempt stays on the disk', async () => {
  const rig = await createRig();
  rig.order();
  await rig.worker.run(GRANT, 0);
  expect(await rig.leftInScratch()).toEqual([expect.stringMatching(/^blender\./)]);
  rig.script.behave = () => 'crashes';
  rig.order();
  await rig.worker.run(GRANT, 1);
  expect(await rig.leftInScratch()).toEqual([]);
});

test.each([
  [12, 0, '.png', 'f_0000012_p0.png'],
  [-3, 11, '.exr', 'f_-0000003_p11.exr'],
  [0, 0, '.jpg', 'f_0000000_p0.jpg'],
])('frame %i of part %i is named %s', (frame, part, extension, name) => {
  expect(frameName(frame, part, extension)).toBe(name);
});

describe('broken frames', () => {
  test('are rendered again once by the same Blender', async () => {
    const rig = await createRig();
    rig.script.behave = (frame, take) => (frame === 2 && take === 1 ? 'broken' : 'good');
    const order = rig.order();
    await rig.worker.run(GRANT, 0);
    expect(rig.script.jobs.map(({ frames }) => frames)).toEqual([[1, 2, 3, 4], [2]]);
    expect(rig.script.opened).toHaveLength(1);
    const report = rig.control.report(order)!;
    expect(report.ended).toBe('finished');
    expect(report.frames.map(({ frame }) => frame)).toEqual([1, 2, 3, 4]);
    expect(report.segment?.frames).toEqual([1, 2, 3, 4]);
  });

  test.each(['broken', 'unwritten'] as const)('that are %s twice are failures', async (behaviour) => {
    const rig = await createRig();
    rig.script.behave = (frame) => (frame === 2 ? behaviour : 'good');
    const order = rig.order();
    const result = await rig.worker.run(GRANT, 0);
    expect(result).toMatchObject({ ended: 'finished', frames: 3, failures: 1, handedBack: 0 });
    const report = rig.control.report(order)!;
    expect(report.failures).toEqual([
      { frame: 2, part: 0, code: 'BROKEN_FRAME', message: expect.any(String), permanent: false },
    ]);
    expect(report.segment?.frames).toEqual([1, 3, 4]);
    expect(rig.script.begun).toEqual([1, 2, 3, 4, 2]);
  });
});

test('a frame that the renderer gives up is a failure at once, with its words', async () => {
  const rig = await createRig();
  rig.script.behave = (frame) => (frame === 1 ? 'fails' : 'good');
  const order = rig.order({ partIndex: 2, part: { kind: 'samples', offset: 0, count: 4, total: 8 } });
  await rig.worker.run(GRANT, 0);
  const report = rig.control.report(order)!;
  expect(report.failures).toEqual([
    { frame: 1, part: 2, code: 'RENDERER_FAILED', message: 'no memory', permanent: true },
  ]);
  expect(report.frames.map(({ part }) => part)).toEqual([2, 2, 2]);
  expect(report).not.toHaveProperty('segment');
  expect(rig.script.jobs).toEqual([expect.objectContaining({ part: order.part, preview: false })]);
});

test('without a movie there is neither a segment nor a preview', async () => {
  const rig = await createRig();
  const order = rig.order({ movie: false });
  await rig.worker.run(GRANT, 0);
  expect(rig.script.jobs[0]?.preview).toBe(false);
  expect(rig.control.report(order)).not.toHaveProperty('segment');
});

test('a segment that cannot be made is a warning', async () => {
  const rig = await createRig({
    encodeSegment: () => Promise.reject(new Error('No encoder for 1x1 pixels.')),
  });
  const order = rig.order();
  await rig.worker.run(GRANT, 0);
  const report = rig.control.report(order)!;
  expect(report.ended).toBe('finished');
  expect(report.frames).toHaveLength(4);
  expect(report.warnings).toEqual([
    { code: 'NO_SEGMENT', message: expect.stringContaining('No encoder for 1x1 pixels.') },
  ]);
});

test.each([
  [true, [[], [{ code: 'IDENTICAL_FRAMES', message: expect.stringContaining('Frame 2 has exactly') }]]],
  [false, [[], []]],
])('two frames of the same pixels in a scene with animated %s', async (animated, warnings) => {
  const rig = await createRig();
  Object.assign(rig.script.scene, { animated });
  rig.script.pixels = () => 'the same';
  const order = rig.order({ frames: [1, 2] });
  await rig.worker.run(GRANT, 0);
  expect(rig.control.report(order)!.frames.map((frame) => frame.warnings)).toEqual(warnings);
});

test('a blank frame is reported as such, and remarked on beside frames that show something', async () => {
  const rig = await createRig({
    verifyFrame: async (path, expected) => ({
      ...(await verifyFrame(path, expected)),
      ...(path.includes('f_0000002') && { blank: 'black' }),
    }),
  });
  const order = rig.order({ frames: [1, 2] });
  await rig.worker.run(GRANT, 0);
  expect(rig.control.report(order)!.frames).toMatchObject([
    { warnings: [] },
    { blank: 'black', warnings: [{ code: 'BLACK_FRAME' }] },
  ]);
});

test('a full disk is reported, and the lease is let go', async () => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  const rig = await createRig({ makeScratch: () => Promise.reject(full) });
  const order = rig.order();
  expect(await rig.worker.run(GRANT, 0)).toMatchObject({
    outcome: 'reported',
    ended: 'failed',
    handedBack: 4,
  });
  expect(rig.control.report(order)?.reason).toEqual({ code: 'ENOSPC', message: 'no space left on device' });
});

describe('a scene that must not be rendered', () => {
  test('is refused in words, by what Blender sees in it', async () => {
    const rig = await createRig();
    rig.script.scene.problems = [
      { code: 'MISSING_IMAGE', message: 'wood.png is missing', severity: 'refuse' },
      { code: 'CODE_IN_SCENE', message: 'A script.', severity: 'warn' },
      { code: 'MISSING_LIBRARY', message: 'lib.blend is missing', severity: 'refuse' },
    ];
    const order = rig.order();
    expect(await rig.worker.run(GRANT, 0)).toMatchObject({ ended: 'refused', handedBack: 4 });
    expect(rig.script.jobs).toEqual([]);
    expect(rig.control.report(order)).toMatchObject({
      ended: 'refused',
      reason: { code: 'REFUSED', message: 'wood.png is missing. lib.blend is missing.' },
      frames: [],
      failures: [],
      warnings: [{ code: 'CODE_IN_SCENE', message: 'A script.' }],
    });
  });

  test.each([
    [new Fault('INVALID_SCENE', 'No blend file.'), 'refused', 'INVALID_SCENE'],
    [new Fault('UNSUPPORTED_SCENE', 'Saved by 5.0.'), 'refused', 'UNSUPPORTED_SCENE'],
    [new Fault('RENDERER_FAILED', 'Blender did not start.'), 'failed', 'RENDERER_FAILED'],
    [Object.assign(new Error('no space left'), { code: 'ENOSPC' }), 'failed', 'ENOSPC'],
    [new TypeError('x is undefined'), 'failed', 'UNEXPECTED'],
  ])('%s ends as %s', async (openFault, ended, code) => {
    const rig = await createRig();
    rig.script.openFault = openFault;
    const order = rig.order();
    await rig.worker.run(GRANT, 0);
    expect(rig.control.report(order)).toMatchObject({ ended, reason: { code, message: openFault.message } });
    expect(await rig.leftInScratch()).toEqual([]);
  });
});

test('a crash hands the rest back and keeps what was rendered; the next slice gets a new Blender', async () => {
  const rig = await createRig();
  rig.script.behave = (frame, take) => (frame === 3 && take === 1 ? 'crashes' : 'good');
  const crashed = rig.order();
  expect(await rig.worker.run(GRANT, 0)).toMatchObject({ ended: 'failed', frames: 2, handedBack: 2 });
  expect(rig.control.report(crashed)).toMatchObject({
    reason: { code: 'RENDERER_FAILED', message: 'Blender ended with signal 11.' },
    segment: { frames: [1, 2] },
  });
  const next = rig.order();
  await rig.worker.run(GRANT, 0);
  expect(rig.control.report(next)?.ended).toBe('finished');
  expect(rig.script.opened).toHaveLength(2);
  expect(rig.script.closed).toBe(1);
});
