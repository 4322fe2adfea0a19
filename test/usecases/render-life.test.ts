import { describe, expect, test } from 'vitest';
import { manifest as manifestSchema } from '#events/manifest.ts';
import { keys } from '#shared/core/keys.ts';
import { readJson } from '#shared/usecases/documents.ts';
import { leaseSlice } from '#shared/usecases/lease-slice.ts';
import { cancelRender, retryRender } from '#shared/usecases/steer-render.ts';
import { ABLE, POLICY } from '../sim/worker.ts';
import { FACTS } from '../sim/world.ts';
import { CALM, openRig, type Rig } from './rig.ts';

const manifestOf = async (rig: Rig) =>
  (await readJson(rig.world.work, (await rig.state()).manifestKey!, manifestSchema))!;
const by = { who: 'test', why: 'because' };

describe('a render, from drop to done', () => {
  test('given a scene of 24 frames, when workers report, then it is published once, whole', async () => {
    const rig = await openRig('slice: 6');
    await rig.deliver();
    expect(rig.world.activeSlices.size).toBe(4);
    expect(await rig.work()).toEqual(Array(4).fill('reported'));
    await rig.deliver();
    expect(await rig.state()).toMatchObject({
      phase: 'done',
      place: 'prod/seq010/sh0010/v1-1',
      missingFrames: 0,
    });
    const manifest = await manifestOf(rig);
    expect(manifest.frames.map(({ frame }) => frame)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    expect(manifest).toMatchObject({ complete: true, missing: [], extension: '.png', fps: FACTS.fps });
    expect(rig.world.published.size).toBe(1);
  });

  test('with a target time, scouts go first and the rest is cut by what they took', async () => {
    const rig = await openRig('slice: { target: 10s }');
    await rig.deliver();
    expect((await rig.state()).plan).toMatchObject({ complete: false, slices: 3, units: 24 });
    await rig.work();
    await rig.deliver();
    const { plan } = await rig.state();
    expect(plan!.complete).toBe(true);
    expect(plan!.slices).toBeGreaterThan(3);
    await rig.work();
    await rig.deliver();
    expect(await rig.state()).toMatchObject({ phase: 'done' });
    expect((await manifestOf(rig)).frames).toHaveLength(24);
  });

  test('scouts that fail for good do not hold the rest up', async () => {
    const rig = await openRig('slice: { target: 10s }');
    const machines = { ...CALM, poison: new Set([1, 12, 13, 24]) };
    for (let round = 0; round < 8; round += 1) {
      await rig.deliver();
      await rig.work(machines);
    }
    await rig.deliver();
    expect(await rig.state()).toMatchObject({ phase: 'incomplete', missingFrames: 4 });
  });

  test('tiles of a frame are units of their own', async () => {
    const rig = await openRig('slice: 12\ntiles: 2x2');
    await rig.deliver();
    await rig.work();
    await rig.deliver();
    const manifest = await manifestOf(rig);
    expect(manifest.frames).toHaveLength(96);
    expect(manifest.parts).toHaveLength(4);
    expect(manifest).toMatchObject({ width: 64, height: 36 });
  });

  test('a frame that always fails ends the render incomplete, named, with the rest delivered', async () => {
    const rig = await openRig('slice: 8');
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await rig.deliver();
      await rig.work({ ...CALM, poison: new Set([10]) });
    }
    await rig.deliver();
    expect(await rig.state()).toMatchObject({ phase: 'incomplete', missingFrames: 1 });
    expect((await manifestOf(rig)).missing).toEqual([{ frame: 10, code: 'BROKEN_FRAME', message: 'torn' }]);
    expect(await rig.log('leased')).toHaveLength(3 + 2);
    const again = (await rig.log('leased')).filter(({ attempt }) => attempt === 2);
    expect(again).toMatchObject([{ frames: 1 }]);
  });

  test('when everything fails there is still a manifest that says why', async () => {
    const rig = await openRig('slice: 24');
    const all = new Set(Array.from({ length: 24 }, (_, i) => i + 1));
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await rig.deliver();
      await rig.work({ ...CALM, poison: all });
    }
    await rig.deliver();
    expect(await rig.state()).toMatchObject({ phase: 'incomplete', missingFrames: 24 });
    expect((await manifestOf(rig)).frames).toEqual([]);
  });
});

describe('refusals before anything is rendered', () => {
  test.each([
    ['tiles under a compositor', 'tiles: 2x2', { ...FACTS, usesCompositor: true }, /compos/i],
    ['a scene newer than the Blender', '', { ...FACTS, savedBy: { major: 4, minor: 2 } }, /4\.2.*3\.4\.1/],
    ['a device that is not there', 'device: cuda', FACTS, /cuda/],
    ['no frames', '', { ...FACTS, frameStart: 9, frameEnd: 1 }, /9 to 1/],
  ])('%s', async (_, settings, facts, reason) => {
    const rig = await openRig(settings, facts);
    await rig.deliver();
    const state = await rig.state();
    expect(state.phase).toBe('failed');
    expect(state.failure!.message).toMatch(reason);
    expect(rig.world.submissions.size).toBe(0);
  });
});

describe('steering', () => {
  test('cancel ends it, tells the pool, and workers find nothing to do', async () => {
    const rig = await openRig('slice: 6');
    await rig.deliver();
    const active = new Map(rig.world.activeSlices);
    const state = await cancelRender(rig.world)(await rig.renderId(), by);
    expect([state.phase, rig.world.terminated]).toEqual(['cancelled', [state.renderId]]);
    for (const [key, value] of active) rig.world.activeSlices.set(key, value);
    expect(await rig.work()).toEqual(Array(4).fill('nothing'));
    expect((await cancelRender(rig.world)(state.renderId, by)).version).toBe(state.version);
  });

  test('retry renders what is missing and nothing else, in a generation of its own', async () => {
    const rig = await openRig('slice: 8');
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await rig.deliver();
      await rig.work({ ...CALM, poison: new Set([10]) });
    }
    await rig.deliver();
    await retryRender(rig.world)(await rig.renderId(), by);
    await rig.deliver();
    await rig.work();
    await rig.deliver();
    expect(await rig.state()).toMatchObject({
      phase: 'done',
      generation: 2,
      place: 'prod/seq010/sh0010/v1-2',
    });
    const again = (await rig.log('leased')).filter(({ generation }) => generation === 2);
    expect(again).toMatchObject([{ frames: 1 }]);
    expect((await manifestOf(rig)).complete).toBe(true);
  });

  test('a cancelled render can be retried, also when nothing of it was leased', async () => {
    const rig = await openRig('slice: 6');
    await rig.deliver();
    await rig.work(CALM, 1);
    await cancelRender(rig.world)(await rig.renderId(), by);
    await rig.deliver();
    await retryRender(rig.world)(await rig.renderId(), by);
    await rig.deliver();
    await rig.work();
    await rig.deliver();
    expect(await rig.state()).toMatchObject({ phase: 'done' });
    expect(await rig.log('leased')).toHaveLength(4);
  });

  test('what is done or still runs is not retried', async () => {
    const rig = await openRig('slice: 24');
    const id = await rig.renderId();
    await expect(retryRender(rig.world)(id, by)).rejects.toMatchObject({
      code: 'REFUSED',
      message: /still planning/,
    });
    await rig.deliver();
    await rig.work();
    await rig.deliver();
    await expect(retryRender(rig.world)(id, by)).rejects.toMatchObject({
      code: 'REFUSED',
      message: /no frame is missing/,
    });
    await expect(retryRender(rig.world)('nobody', by)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('what a lease asks of its worker', () => {
  test('beats as often as the policy says, so that people see frames done, under a lease that is far longer', async () => {
    const rig = await openRig('slice: 24');
    await rig.deliver();
    const [submission] = [...rig.world.submissions.values()];
    const policy = { ...POLICY, leaseMs: 60_000, beatMs: 250 };
    const request = { index: 0, run: 1, worker: 'w', capabilities: ABLE };
    const answer = await leaseSlice(rig.world, policy)(submission!.grant, request);
    const leaseExpiresAt = rig.world.time.now + 60_000;
    expect(answer).toMatchObject({ answer: 'work', order: { beatMs: 250, leaseExpiresAt } });
  });
});

describe('what events fail to say', () => {
  test('a report that nobody told of is found by the sweeper, and nothing of it is rendered again', async () => {
    const rig = await openRig('slice: 12');
    await rig.deliver();
    await rig.work();
    rig.world.sent.length = 0;
    await rig.handle({ type: 'sweep-renders' });
    await rig.deliver();
    expect(await rig.state()).toMatchObject({ phase: 'done' });
    expect(await rig.log('leased')).toHaveLength(2);
  });

  test('a slice whose machine is gone without a word is rendered again once its lease has ended', async () => {
    const rig = await openRig('slice: 12');
    await rig.deliver();
    expect(await rig.work({ ...CALM, crashes: 1 }, 1)).toEqual(['crashed']);
    await rig.work();
    await rig.handle({ type: 'sweep-renders' });
    await rig.deliver();
    expect(rig.world.activeSlices.size).toBe(0);
    rig.world.time.now += 61_000;
    await rig.handle({ type: 'sweep-renders' });
    await rig.deliver();
    await rig.work();
    await rig.deliver();
    expect(await rig.state()).toMatchObject({ phase: 'done' });
    expect(await rig.log('lost')).toMatchObject([{ why: 'w0 stopped answering' }]);
  });

  test('a batch service that tells of the death is believed at once, also when it tells twice', async () => {
    const rig = await openRig('slice: 24');
    await rig.deliver();
    const [submission] = rig.world.submissions.keys();
    await rig.work({ ...CALM, crashes: 1 });
    const renderId = await rig.renderId();
    const told = {
      type: 'watch-batch',
      renderId,
      slice: 0,
      submission,
      outcome: 'failed',
      reason: 'out of memory',
    };
    await rig.handle(told);
    await rig.handle(told);
    await rig.deliver();
    expect(await rig.log('lost')).toMatchObject([{ attempt: 1, why: 'out of memory' }]);
    expect(rig.world.activeSlices.size).toBe(1);
  });

  test('after a report, a slice that is not whole goes out again without any sweep', async () => {
    const rig = await openRig('slice: 24');
    await rig.deliver();
    await rig.work({ ...CALM, poison: new Set([3]) });
    await rig.deliver();
    expect([...rig.world.submissions.values()].map(({ avoid }) => avoid)).toEqual([[], ['w0']]);
    expect(rig.world.activeSlices.size).toBe(1);
  });

  test('a report about somebody else is rejected, and harms nobody', async () => {
    const rig = await openRig('slice: 12');
    await rig.deliver();
    await rig.work(CALM, 1);
    const renderId = await rig.renderId();
    const text = await new Response((await rig.world.work.get(keys.report(renderId, 0, 1)))!.body).text();
    const forged = { ...JSON.parse(text), slice: 1 };
    await rig.world.work.put(keys.report(renderId, 1, 1), new TextEncoder().encode(JSON.stringify(forged)));
    await rig.deliver();
    expect(rig.world.refused).toMatchObject([
      { code: 'INVALID_MESSAGE', message: /outside of|not in slice/ },
    ]);
    expect(await rig.state()).toMatchObject({ phase: 'rendering' });
  });
});
