import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createHandlers } from '#cli/local/handlers.ts';
import { keys } from '#shared/core/keys.ts';
import { createApp } from '#shared/http/app.ts';
import { receive } from '#shared/receive.ts';
import { ABLE, POLICY } from '../sim/worker.ts';
import { createWorld, FACTS } from '../sim/world.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const SHOT = 'prod/seq010/sh0010';

async function open() {
  const world = createWorld();
  const app = createApp(world, POLICY, { hosts: ['127.0.0.1'] });
  const call = async (path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const init = {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    };
    const request = new Request(`http://127.0.0.1${path}`, body === undefined ? { headers } : init);
    const answer = await app.fetch(request);
    return { status: answer.status, json: (await answer.json()) as Record<string, never> };
  };
  const give = async (text: string) => {
    world.facts.set(text, FACTS);
    await world.work.put(keys.asset(sha256(text)), new TextEncoder().encode(text));
    return { path: `${text}.blend`, size: text.length, sha256: sha256(text) };
  };
  const handle = receive(createHandlers(world, { holder: 'h', leaseMs: 1000 }), world);
  const deliver = async () => {
    for (let message = world.sent.shift(); message; message = world.sent.shift()) await handle(message);
  };
  return { world, app, call, give, deliver };
}

const wish = (file: { path: string }, more: object = {}) => ({
  shot: SHOT,
  scene: { main: file.path, files: [file] },
  ...more,
});

describe('asking for a render', () => {
  test('what is not here is offered a place; the render opens once it is; asking again is the same render', async () => {
    const { call, give, world } = await open();
    const text = 'anim';
    const file = { sha256: sha256(text), size: text.length };
    const offered = await call('/v1/assets', { files: [file, file] });
    expect(offered.json).toMatchObject({
      missing: [{ sha256: file.sha256, url: expect.stringMatching(/^http/) }],
    });
    const early = await call('/v1/renders', wish({ path: 'anim.blend', ...file } as never));
    expect(early).toMatchObject({ status: 409, json: { error: { code: 'MISSING_INPUTS' } } });
    const given = await give(text);
    expect((await call('/v1/assets', { files: [file] })).json).toEqual({ missing: [] });
    const first = await call('/v1/renders', wish(given, { settings: { samples: 8 }, version: 3 }));
    expect(first).toMatchObject({
      status: 202,
      json: { shot: SHOT, name: 'anim', version: 3, phase: 'planning' },
    });
    const again = await call('/v1/renders', wish(given, { settings: { samples: 8 }, version: 3 }));
    expect(again).toMatchObject({ status: 200, json: { renderId: first.json.renderId } });
    expect(world.sent[0]).toMatchObject({ type: 'plan-render' });
  });

  test.each([
    ['no JSON', '{', 400, /no JSON/],
    ['an unknown key', { shots: 1 }, 400, /shot/],
    ['a shot that is none', { shot: 'x', scene: { main: 'a.blend', files: [] } }, 400, /files/],
    ['unknown settings', { settings: { sample: 3 } }, 400, /samples/],
    [
      'a path that escapes',
      { scene: { main: 'a.blend', files: [{ path: '../a.blend', size: 1, sha256: sha256('a') }] } },
      400,
      /\.\./,
    ],
    [
      'a main that is not there',
      { scene: { main: 'b.blend', files: [{ path: 'a.blend', size: 4, sha256: sha256('anim') }] } },
      400,
      /b\.blend/,
    ],
  ])('%s is told, with what to do', async (_, body, status, message) => {
    const { call, give } = await open();
    const file = await give('anim');
    const answer = await call('/v1/renders', typeof body === 'string' ? body : { ...wish(file), ...body });
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.json)).toMatch(message);
  });

  test('a scene that needs a texture which does not come with it is refused, unless allowed', async () => {
    const { call, give, world } = await open();
    const file = await give('anim');
    const references = [{ kind: 'image', path: '//wood.png', user: 'IMwood', packed: false }] as const;
    world.facts.set('anim', { ...FACTS, references });
    expect(await call('/v1/renders', wish(file))).toMatchObject({
      status: 409,
      json: { error: { message: expect.stringContaining('wood.png') } },
    });
    expect((await call('/v1/renders', wish(file, { settings: { allowMissing: true } }))).status).toBe(202);
  });
});

describe('looking and steering', () => {
  async function rendering() {
    const rig = await open();
    const { json } = await rig.call('/v1/renders', wish(await rig.give('anim'), { settings: { slice: 12 } }));
    await rig.deliver();
    return { ...rig, id: json.renderId as unknown as string };
  }

  test('a render, its list, its log and the story of a frame, with ISO times', async () => {
    const { call, id } = await rendering();
    expect((await call(`/v1/renders/${id}`)).json).toMatchObject({
      phase: 'rendering',
      units: { planned: 24, done: 0, failed: 0 },
      slices: 2,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect((await call(`/v1/renders?phase=rendering&shot=${SHOT}`)).json).toMatchObject({
      renders: [{ renderId: id }],
    });
    expect((await call('/v1/renders?phase=done')).json).toEqual({ renders: [] });
    const { events } = (await call(`/v1/renders/${id}/events`)).json as unknown as {
      events: { type: string; at: string }[];
    };
    expect(events.map(({ type }) => type)).toEqual(['requested', 'inputs-complete', 'planned', 'dispatched']);
    expect((await call(`/v1/renders/${id}/frames/24`)).json).toMatchObject({ frame: 24, phase: 'rendering' });
    expect((await call(`/v1/renders/${id}/frames/25`)).status).toBe(404);
    expect((await call('/v1/renders/nobody')).json).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  test('cancel, then retry', async () => {
    const { call, id } = await rendering();
    expect(await call(`/v1/renders/${id}/retry`, {})).toMatchObject({
      status: 409,
      json: { error: { code: 'REFUSED' } },
    });
    expect((await call(`/v1/renders/${id}/cancel`, { why: 'enough' })).json).toMatchObject({
      phase: 'cancelled',
    });
    expect(await call(`/v1/renders/${id}/retry`, {})).toMatchObject({
      status: 202,
      json: { phase: 'rendering' },
    });
  });
});

describe('who may call', () => {
  test('another name for this machine, another media type, an unknown path', async () => {
    const { app, call } = await open();
    const foreign = await app.fetch(new Request('http://evil.example/v1/renders'));
    expect(foreign.status).toBe(403);
    expect((await call('/v1/renders', {}, { 'content-type': 'text/plain' })).json).toMatchObject({
      error: { message: expect.stringContaining('application/json') },
    });
    expect((await call('/v1/nothing')).status).toBe(404);
    expect((await call('/v1/healthz')).json).toEqual({ ok: true });
    const huge = await call('/v1/renders', `"${'x'.repeat(9 * 1024 * 1024)}"`);
    expect(huge.status).toBe(413);
  });

  test.each(['', 'Bearer', 'Bearer nonsense', 'Bearer e30.e30', 'Basic x'])(
    'a worker without a grant of ours gets nowhere: "%s"',
    async (authorization) => {
      const { call } = await open();
      const bodies = {
        '/v1/lease': { index: 0, worker: 'w', run: 1, capabilities: ABLE },
        '/v1/lease/beat': { framesDone: 0 },
        '/v1/lease/uploads': { files: [] },
      };
      for (const [path, body] of Object.entries(bodies)) {
        expect(await call(path, body, { authorization })).toMatchObject({ status: 403 });
      }
    },
  );

  test('a grant is good for what it says, and no longer than it says', async () => {
    const { world, call, give, deliver } = await open();
    await call('/v1/renders', wish(await give('anim'), { settings: { slice: 12 } }));
    await deliver();
    const [{ grant } = { grant: '' }] = world.submissions.values();
    const lease = (token: string, index: number) =>
      call(
        '/v1/lease',
        { index, worker: 'w', run: 1, capabilities: ABLE },
        { authorization: `Bearer ${token}` },
      );
    expect((await lease(grant, 2)).status).toBe(403);
    const { json } = await lease(grant, 0);
    const attempt = (json as unknown as { order: { grant: string } }).order.grant;
    expect((await lease(attempt, 0)).status).toBe(403);
    expect(
      (await call('/v1/lease/beat', { framesDone: 0 }, { authorization: `Bearer ${grant}` })).status,
    ).toBe(403);
    expect(
      (await call('/v1/lease/beat', { framesDone: 0 }, { authorization: `Bearer ${attempt}` })).json,
    ).toMatchObject({ proceed: true });
    const file = { name: '../escape', size: 1, sha256: sha256('x') };
    expect(
      (await call('/v1/lease/uploads', { files: [file] }, { authorization: `Bearer ${attempt}` })).status,
    ).toBe(400);
    world.time.now += 30 * 24 * 3600 * 1000;
    expect((await lease(grant, 1)).status).toBe(403);
  });
});
