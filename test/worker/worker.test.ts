import { describe, expect, test } from 'vitest';
import type { Disturbance } from './control-double.ts';
import { createRig, GRANT } from './rig.ts';

describe('the lease', () => {
  test('nothing to do is a result', async () => {
    const rig = await createRig();
    expect(await rig.worker.run(GRANT, 0)).toEqual({
      outcome: 'nothing',
      reason: { code: 'NOTHING', message: 'all done' },
    });
  });

  test('a worker that is unfit says what is missing', async () => {
    const rig = await createRig();
    rig.control.answers.push({ answer: 'unfit', reason: 'no device "cuda"' });
    expect(await rig.worker.run(GRANT, 0)).toEqual({
      outcome: 'unfit',
      reason: { code: 'UNFIT', message: 'no device "cuda"' },
    });
  });

  test('a held lease is asked for again', async () => {
    const rig = await createRig();
    rig.control.answers.push({ answer: 'wait', retryAfterMs: 5, reason: 'held' });
    rig.control.answers.push({ answer: 'wait', retryAfterMs: 5, reason: 'held' });
    const order = rig.order();
    expect(await rig.worker.run(GRANT, 0, { run: 3 })).toMatchObject({ ended: 'finished' });
    expect(rig.control.leases.map(({ run }) => run)).toEqual([3, 3, 3]);
    expect(rig.control.report(order)?.frames).toHaveLength(4);
  });

  test('a wait ends with a stop', async () => {
    const rig = await createRig({ patience: { firstMs: 1, mostMs: 600_000, giveUpMs: 1000 } });
    const stop = new AbortController();
    rig.control.answers.push({ answer: 'wait', retryAfterMs: 600_000, reason: 'held' });
    const running = rig.worker.run(GRANT, 0, { signal: stop.signal });
    await rig.control.until(() => rig.control.leases.length === 1);
    stop.abort();
    expect(await running).toMatchObject({ outcome: 'stopped' });
  });

  test('a grant that is refused is not tried again', async () => {
    const rig = await createRig();
    expect(await rig.worker.run('another', 0)).toMatchObject({
      outcome: 'failed',
      reason: { code: 'FORBIDDEN', message: expect.stringContaining('no such grant') },
    });
    expect(rig.control.requests).toEqual(['POST /v1/lease']);
  });

  test('a control plane that stays away is given up in the end', async () => {
    const rig = await createRig({ patience: { firstMs: 1, mostMs: 2, giveUpMs: 200 } });
    rig.control.disturb = () => 'drop';
    expect(await rig.worker.run(GRANT, 0)).toMatchObject({
      outcome: 'failed',
      reason: { code: 'UNAVAILABLE' },
    });
    expect(rig.control.requests.length).toBeGreaterThan(1);
  });
});

describe('a network that fails', () => {
  const oncePerRequest = (disturbance: () => Disturbance) => {
    const seen = new Set<string>();
    return (method: string, path: string) => {
      if (seen.has(`${method} ${path}`) || path.endsWith('/beat')) return undefined;
      seen.add(`${method} ${path}`);
      return disturbance();
    };
  };

  test.each([
    ['never delivers the first try', () => 'drop' as const],
    ['answers 503 first', () => new Response('overloaded', { status: 503 })],
    [
      'answers 429 with a delay first',
      () => new Response('', { status: 429, headers: { 'retry-after': '1' } }),
    ],
    ['answers with a foreign page first', () => new Response('<html>Sign in</html>', { status: 502 })],
  ])('and %s changes nothing', async (_name, disturbance) => {
    const rig = await createRig();
    rig.control.disturb = oncePerRequest(disturbance);
    const order = rig.order();
    expect(await rig.worker.run(GRANT, 0)).toMatchObject({ outcome: 'reported', ended: 'finished' });
    expect(rig.control.report(order)).toMatchObject({ failures: [], warnings: [] });
    expect(rig.control.report(order)?.frames).toHaveLength(4);
  });

  test('and loses the reply of every call changes nothing: all is delivered twice', async () => {
    const rig = await createRig();
    rig.control.disturb = oncePerRequest(() => 'lose-reply');
    const order = rig.order();
    // The lease call that lost its reply took the first answer with it.
    rig.control.answers.push(rig.control.answers[0]!);
    expect(await rig.worker.run(GRANT, 0)).toMatchObject({ outcome: 'reported', ended: 'finished' });
    expect(rig.control.leases).toHaveLength(2);
    const puts = rig.control.requests.filter((request) => request.startsWith('PUT'));
    expect(puts).toHaveLength(2 * new Set(puts).size);
    expect(rig.control.report(order)).toMatchObject({ failures: [], warnings: [] });
    expect(rig.control.report(order)?.frames).toHaveLength(4);
  });

  test.each([
    [409, '<Code>BlobAlreadyExists</Code>', 1],
    [409, '<Code>ConditionalRequestConflict</Code>', 2],
    [403, 'Request has expired', 2],
  ])('%i %s on an upload is told apart', async (status, body, tries) => {
    const rig = await createRig();
    let left = 1;
    rig.control.disturb = (method, path) =>
      method === 'PUT' && path.includes('f_0000001') && left-- > 0
        ? new Response(body, { status })
        : undefined;
    const order = rig.order();
    await rig.worker.run(GRANT, 0);
    expect(rig.control.report(order)?.frames).toHaveLength(4);
    expect(rig.control.requests.filter((request) => request.includes('f_0000001'))).toHaveLength(tries);
  });

  test('an upload that the store refuses for good fails that frame alone', async () => {
    const rig = await createRig();
    rig.control.disturb = (method, path) =>
      method === 'PUT' && path.includes('f_0000001')
        ? new Response('not the announced bytes', { status: 400 })
        : undefined;
    const order = rig.order();
    await rig.worker.run(GRANT, 0);
    const report = rig.control.report(order)!;
    expect(report.frames.map(({ frame }) => frame)).toEqual([2, 3, 4]);
    expect(report.failures).toEqual([
      expect.objectContaining({ frame: 1, message: expect.stringContaining('not the announced bytes') }),
    ]);
    expect(JSON.stringify(report)).not.toContain('sha256=');
  });

  test('a report that cannot be delivered is told to the caller', async () => {
    const rig = await createRig({ patience: { firstMs: 1, mostMs: 2, giveUpMs: 30 } });
    rig.control.disturb = (_method, path) => (path.endsWith('report.json') ? 'drop' : undefined);
    rig.order();
    expect(await rig.worker.run(GRANT, 0)).toMatchObject({
      outcome: 'unreported',
      ended: 'finished',
      reason: { code: 'UNAVAILABLE' },
    });
  });
});

describe('beats', () => {
  test('tell how far the slice is', async () => {
    const rig = await createRig();
    const gate = Promise.withResolvers<void>();
    rig.script.behave = (frame) => (frame === 3 ? gate.promise : 'good');
    rig.order();
    const running = rig.worker.run(GRANT, 0);
    await rig.control.until(() => rig.control.beats.some(({ framesDone }) => framesDone === 2));
    expect(rig.control.beats.at(-1)).toEqual({ framesDone: 2, frame: 3, done: 0.5, note: 'Sample 1' });
    gate.resolve();
    await running;
  });

  test.each([
    ['proceed is false', () => ({ proceed: false, leaseExpiresAt: 0, reason: 'the render is cancelled' })],
    ['the grant is refused', () => new Response('the render is cancelled', { status: 403 })],
    ['the lease is lost', () => new Response('the render is cancelled', { status: 409 })],
  ])('stop the worker when %s', async (_name, onBeat) => {
    const rig = await createRig();
    rig.script.behave = (frame) => (frame === 3 ? 'hangs' : 'good');
    rig.control.onBeat = () =>
      rig.script.begun.includes(3) ? onBeat() : { proceed: true, leaseExpiresAt: 0 };
    const order = rig.order();
    expect(await rig.worker.run(GRANT, 0)).toMatchObject({ outcome: 'reported', ended: 'cancelled' });
    expect(rig.control.report(order)).toMatchObject({
      ended: 'cancelled',
      reason: { code: 'CANCELLED', message: expect.stringContaining('the render is cancelled') },
      failures: [],
    });
  });

  test('that do not get through do not stop the rendering', async () => {
    const rig = await createRig();
    const gate = Promise.withResolvers<void>();
    rig.script.behave = (frame) => (frame === 3 ? gate.promise : 'good');
    rig.control.disturb = (_method, path) => (path.endsWith('/beat') ? 'drop' : undefined);
    const order = rig.order();
    const running = rig.worker.run(GRANT, 0);
    const beats = () => rig.control.requests.filter((request) => request.endsWith('/beat')).length;
    await rig.control.until(() => beats() >= 3);
    gate.resolve();
    expect(await running).toMatchObject({ ended: 'finished' });
    expect(rig.control.report(order)?.frames).toHaveLength(4);
  });

  test('an upload call that is refused stops the worker too', async () => {
    const rig = await createRig();
    rig.script.behave = (frame) => (frame === 2 ? 'hangs' : 'good');
    rig.control.disturb = (_method, path) =>
      path.endsWith('/uploads') ? new Response('grant expired', { status: 403 }) : undefined;
    rig.order();
    expect(await rig.worker.run(GRANT, 0)).toMatchObject({ outcome: 'unreported', ended: 'cancelled' });
  });
});

describe('the warm Blender', () => {
  test('serves slice after slice of one scene, and is replaced for other settings or another scene', async () => {
    const rig = await createRig();
    const first = rig.order();
    await rig.worker.run(GRANT, 0);
    rig.order({ settings: {}, scene: first.scene });
    await rig.worker.run(GRANT, 1);
    expect(rig.script.opened).toHaveLength(1);
    rig.order({ settings: { samples: 4 } });
    await rig.worker.run(GRANT, 2);
    expect(rig.script.opened.map(({ settings }) => settings)).toEqual([{}, { samples: 4 }]);
    rig.order({
      settings: { samples: 4 },
      scene: { id: 'scene-2', main: 'b.blend', files: [rig.control.addAsset('b.blend', 'another')] },
    });
    await rig.worker.run(GRANT, 3);
    expect(rig.script.closed).toBe(2);
    expect(rig.script.seen).toEqual(['BLENDER scene', 'BLENDER scene', 'another']);
    await rig.worker.close();
    expect(rig.script.closed).toBe(3);
    expect(await rig.leftInScratch()).toEqual([]);
  });

  test('renders the next slice while the last frames of the one before are uploaded', async () => {
    const rig = await createRig();
    const first = rig.order({ movie: false });
    const second = rig.order({ movie: false, frames: [11, 12] });
    rig.control.disturb = (method, path) =>
      method === 'PUT' && path.includes(`/${first.slice}/1/f_0000004`) && !rig.control.report(second)
        ? 'drop'
        : undefined;
    const free = Promise.withResolvers<void>();
    const running = rig.worker.run(GRANT, 0, { onRendererFree: free.resolve });
    await free.promise;
    await rig.worker.run(GRANT, 1);
    await running;
    expect(rig.control.report(first)?.frames).toHaveLength(4);
    const reports = rig.control.requests.filter((request) => request.endsWith('report.json'));
    expect(reports.map((request) => request.split('/').at(-3))).toEqual([
      String(second.slice),
      String(first.slice),
    ]);
    expect(rig.script.opened).toHaveLength(1);
  });

  test('never are more than two slices under way', async () => {
    const rig = await createRig();
    const gate = Promise.withResolvers<void>();
    rig.script.behave = () => gate.promise;
    for (let index = 0; index < 3; index++) rig.order();
    const runs = [0, 1, 2].map((index) => rig.worker.run(GRANT, index));
    await rig.control.until(() => rig.control.beats.length > 4);
    expect(rig.control.leases.map(({ index }) => index)).toEqual([0, 1]);
    gate.resolve();
    await Promise.all(runs);
    expect(rig.control.leases.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  test('close stops what runs and waits for its report', async () => {
    const rig = await createRig();
    rig.script.behave = (frame) => (frame === 2 ? 'hangs' : 'good');
    const order = rig.order();
    const running = rig.worker.run(GRANT, 0);
    await rig.script.whenBegun(2);
    await rig.worker.close();
    expect(rig.control.report(order)?.ended).toBe('interrupted');
    expect(await running).toMatchObject({ ended: 'interrupted', frames: 1 });
    expect(rig.script.closed).toBe(1);
  });
});
