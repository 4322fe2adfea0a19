import { describe, expect, test } from 'vitest';
import { createRig, GRANT } from './rig.ts';

describe('when told to stop', () => {
  test('the worker reports what is rendered and hands the rest back', async () => {
    const rig = await createRig();
    const stop = new AbortController();
    rig.script.behave = (frame) => (frame === 3 ? 'hangs' : 'good');
    const order = rig.order();
    const running = rig.worker.run(GRANT, 0, { signal: stop.signal });
    await rig.script.whenBegun(3);
    stop.abort();
    expect(await running).toMatchObject({ ended: 'interrupted', frames: 2, failures: 0, handedBack: 2 });
    const report = rig.control.report(order)!;
    expect(report).toMatchObject({ ended: 'interrupted', reason: { code: 'INTERRUPTED' }, failures: [] });
    expect(report.frames.map(({ frame }) => frame)).toEqual([1, 2]);
    expect(report.segment?.frames).toEqual([1, 2]);
    expect(await rig.leftInScratch()).toEqual([expect.stringMatching(/^blender\./)]);
  });

  test('a slice whose frames are all rendered is finished', async () => {
    const rig = await createRig();
    const stop = new AbortController();
    const order = rig.order({ movie: false });
    const running = rig.worker.run(GRANT, 0, { signal: stop.signal, onRendererFree: () => stop.abort() });
    expect(await running).toMatchObject({ ended: 'finished', frames: 4 });
    expect(rig.control.report(order)?.ended).toBe('finished');
  });

  test('the report is sent within the grace, also without frames that cannot be uploaded in time', async () => {
    const rig = await createRig({ graceMs: 2000 });
    const stop = new AbortController();
    rig.control.disturb = (method, path) =>
      method === 'PUT' && path.includes('f_0000002') ? 'drop' : undefined;
    rig.script.behave = (frame) => (frame === 3 ? 'hangs' : 'good');
    const order = rig.order();
    const running = rig.worker.run(GRANT, 0, { signal: stop.signal });
    await rig.script.whenBegun(3);
    await rig.control.until(() => rig.control.names(order).some((name) => name.startsWith('f_0000001')));
    stop.abort();
    expect(await running).toMatchObject({
      outcome: 'reported',
      ended: 'interrupted',
      frames: 1,
      handedBack: 3,
    });
    expect(rig.control.report(order)?.frames.map(({ frame }) => frame)).toEqual([1]);
  });

  test('a broken frame is handed back, not failed', async () => {
    const rig = await createRig();
    const stop = new AbortController();
    rig.script.behave = (frame, take) =>
      frame === 2 ? 'broken' : frame === 4 ? 'hangs' : take ? 'good' : 'fails';
    rig.order();
    const running = rig.worker.run(GRANT, 0, { signal: stop.signal });
    await rig.script.whenBegun(4);
    stop.abort();
    expect(await running).toMatchObject({ ended: 'interrupted', frames: 2, failures: 0, handedBack: 2 });
  });
});
