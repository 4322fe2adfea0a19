import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createHandlers } from '#cli/local/handlers.ts';
import { foldRender } from '#shared/core/render-state.ts';
import type { SceneFacts } from '#shared/core/scene-facts.ts';
import { receive } from '#shared/receive.ts';
import { requestRender } from '#shared/usecases/request-render.ts';
import { createWorld, drop, FACTS, type World } from '../sim/world.ts';

const SHOT = 'prod/seq010/sh0010';
const put = (world: World, key: string, text: string) => world.inbox.put(key, new TextEncoder().encode(text));
const arrive = (world: World, key: string) => requestRender(world)({ type: 'object-created', key });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function renders(world: World) {
  const heads = await Array.fromAsync(world.renders.list());
  return await Promise.all(
    heads
      .toSorted((a, b) => a.shotVersion - b.shotVersion)
      .map(async ({ renderId }) => foldRender(renderId, await world.renders.read(renderId, 'render'))!),
  );
}

const needs = (...paths: string[]): SceneFacts => ({
  ...FACTS,
  references: paths.map((path) => ({
    kind: path.endsWith('.blend') ? 'library' : 'image',
    path,
    user: 'IMwood',
    packed: false,
  })),
});

describe('a lone scene is dropped', () => {
  test('it starts at once, under the version of its name', async () => {
    const world = createWorld();
    await drop(world, `${SHOT}/anim_v003.blend`, 'scene');
    await arrive(world, `${SHOT}/anim_v003.blend`);
    const [render] = await renders(world);
    expect(render).toMatchObject({ phase: 'planning', shot: SHOT, name: 'anim', shotVersion: 3 });
    expect(render!.renderId).toMatch(/^sh0010-[0-9a-f]{12}$/);
    expect(world.sent).toEqual([{ type: 'plan-render', renderId: render!.renderId }]);
  });

  test('without a version it gets the next free one; a changed scene is a new version', async () => {
    const world = createWorld();
    for (const text of ['one', 'two']) {
      await drop(world, `${SHOT}/anim.blend`, text);
      await arrive(world, `${SHOT}/anim.blend`);
    }
    expect((await renders(world)).map(({ shotVersion }) => shotVersion)).toEqual([1, 2]);
  });

  test('the same scene twice, also under racing and repeated events, is one render', async () => {
    const world = createWorld();
    await drop(world, `${SHOT}/anim.blend`, 'scene');
    await Promise.all(Array.from({ length: 5 }, () => arrive(world, `${SHOT}/anim.blend`)));
    await arrive(world, `${SHOT}/anim.blend`);
    expect(await renders(world)).toHaveLength(1);
  });

  test('a version that another scene has already is not given twice, and the log says so', async () => {
    const world = createWorld();
    for (const text of ['one', 'two']) {
      await drop(world, `${SHOT}/anim_v003.blend`, text);
      await arrive(world, `${SHOT}/anim_v003.blend`);
    }
    const [, second] = await renders(world);
    expect(second!.shotVersion).toBe(4);
    const log = await world.renders.read(second!.renderId, 'render');
    expect(log.find((event) => event.type === 'inputs-complete')).toMatchObject({
      note: 'version 3 of the shot is another render; this one is version 4',
    });
  });

  test('other settings are another render', async () => {
    const world = createWorld();
    await drop(world, `${SHOT}/anim.blend`, 'scene');
    await arrive(world, `${SHOT}/anim.blend`);
    await put(world, `${SHOT}/render.yaml`, 'samples: 8\n');
    await arrive(world, `${SHOT}/render.yaml`);
    expect((await renders(world)).map(({ settings }) => settings)).toEqual([{}, { samples: 8 }]);
  });

  test('settings merge: beside the scene beats the sequence beats the project', async () => {
    const world = createWorld();
    await put(world, 'prod/dropframe.yaml', 'render: { samples: 1, format: exr, priority: 10 }');
    await put(world, 'prod/seq010/dropframe.yaml', 'render: { samples: 2, format: png }');
    await put(world, `${SHOT}/render.yaml`, 'samples: 3');
    await drop(world, `${SHOT}/anim.blend`, 'scene');
    await arrive(world, `${SHOT}/anim.blend`);
    expect((await renders(world))[0]!.settings).toEqual({ samples: 3, format: 'png', priority: 10 });
  });
});

describe('a scene with assets is dropped', () => {
  test('it waits, naming each missing file, and starts when the last has arrived, in any order', async () => {
    const world = createWorld();
    await put(world, `${SHOT}/textures/a.png`, 'a');
    await drop(
      world,
      `${SHOT}/anim.blend`,
      'scene',
      needs('//textures/a.png', '//textures/b.png', '//lib.blend'),
    );
    await arrive(world, `${SHOT}/anim.blend`);
    let [render] = await renders(world);
    expect(render!.phase).toBe('waiting-inputs');
    expect(render!.missing.join('\n')).toMatch(/textures\/b\.png[\s\S]*lib\.blend/);
    expect(render!.missing.join('\n')).not.toMatch(/a\.png/);

    await drop(world, `${SHOT}/lib.blend`, 'library', needs('//textures/deep.png'));
    await arrive(world, `${SHOT}/lib.blend`);
    await put(world, `${SHOT}/textures/b.png`, 'b');
    await arrive(world, `${SHOT}/textures/b.png`);
    [render] = await renders(world);
    expect(render!.missing.join('\n')).toMatch(/deep\.png/);

    await put(world, `${SHOT}/textures/deep.png`, 'deep');
    await arrive(world, `${SHOT}/textures/deep.png`);
    [render] = await renders(world);
    expect(await renders(world)).toHaveLength(1);
    expect(render).toMatchObject({ phase: 'planning', missing: [] });
  });

  test('allowMissing starts without', async () => {
    const world = createWorld();
    await put(world, `${SHOT}/render.yaml`, 'allowMissing: true');
    await drop(world, `${SHOT}/anim.blend`, 'scene', needs('//gone.png'));
    await arrive(world, `${SHOT}/anim.blend`);
    expect((await renders(world))[0]!.phase).toBe('planning');
  });

  test('a texture that changes later starts nothing; dropping the scene again makes a new version', async () => {
    const world = createWorld();
    await put(world, `${SHOT}/a.png`, 'one');
    await drop(world, `${SHOT}/anim.blend`, 'scene', needs('//a.png'));
    await arrive(world, `${SHOT}/anim.blend`);
    await put(world, `${SHOT}/a.png`, 'two');
    await arrive(world, `${SHOT}/a.png`);
    expect(await renders(world)).toHaveLength(1);
    await arrive(world, `${SHOT}/anim.blend`);
    const [first, second, more] = await renders(world);
    expect([first!.shotVersion, second!.shotVersion, more]).toEqual([1, 2, undefined]);
    expect(second!.sceneId).not.toBe(first!.sceneId);
  });
});

describe('a scene is pushed with a manifest', () => {
  const file = (path: string, text: string) => ({ path, size: text.length, sha256: sha256(text) });

  async function push(world: World, files: { path: string; size: number; sha256: string }[]) {
    await put(world, `${SHOT}/manifest.json`, JSON.stringify({ main: 'anim.blend', files }));
    await arrive(world, `${SHOT}/manifest.json`);
  }

  test('it is complete when what the manifest names is there, whatever the scene refers to', async () => {
    const world = createWorld();
    await drop(world, `${SHOT}/anim.blend`, 'scene', needs('//unused.png'));
    await push(world, [file('anim.blend', 'scene'), file('tex/a.png', 'aa')]);
    expect((await renders(world))[0]).toMatchObject({ phase: 'waiting-inputs', missing: ['tex/a.png'] });
    await put(world, `${SHOT}/tex/a.png`, 'a');
    await arrive(world, `${SHOT}/tex/a.png`);
    expect((await renders(world))[0]!.missing).toEqual(['tex/a.png: 1 of 2 bytes have arrived']);
    await put(world, `${SHOT}/tex/a.png`, 'xx');
    await arrive(world, `${SHOT}/tex/a.png`);
    expect((await renders(world))[0]!.missing).toEqual([
      'tex/a.png: what has arrived is not what the manifest says',
    ]);
    await put(world, `${SHOT}/tex/a.png`, 'aa');
    await arrive(world, `${SHOT}/tex/a.png`);
    expect((await renders(world))[0]!.phase).toBe('planning');
  });

  test('it may lie in a sub-folder, and the manifest starts the scene that it names, not the newest', async () => {
    const world = createWorld();
    await put(world, `${SHOT}/textures/a.png`, 'a');
    await drop(world, `${SHOT}/scenes/anim_v004.blend`, 'scene', needs('//../textures/a.png'));
    await drop(world, `${SHOT}/other.blend`, 'other');
    const files = [file('scenes/anim_v004.blend', 'scene'), file('textures/a.png', 'a')];
    await put(world, `${SHOT}/manifest.json`, JSON.stringify({ main: 'scenes/anim_v004.blend', files }));
    await arrive(world, `${SHOT}/manifest.json`);
    expect(await renders(world)).toMatchObject([{ phase: 'planning', name: 'anim', shotVersion: 4 }]);
  });

  test('the scene itself may come last', async () => {
    const world = createWorld();
    const files = [file('scenes/anim.blend', 'scene')];
    await put(world, `${SHOT}/manifest.json`, JSON.stringify({ main: 'scenes/anim.blend', files }));
    await arrive(world, `${SHOT}/manifest.json`);
    expect(await renders(world)).toEqual([]);
    await drop(world, `${SHOT}/scenes/anim.blend`, 'scene');
    await arrive(world, `${SHOT}/scenes/anim.blend`);
    expect(await renders(world)).toMatchObject([{ phase: 'planning', name: 'anim' }]);
  });

  test.each(['{', '{"files": []}', '{"files": [{"path": "a"}]}'])(
    'a manifest that is none is refused: %s',
    async (text) => {
      const world = createWorld();
      await drop(world, `${SHOT}/anim.blend`, 'scene');
      await put(world, `${SHOT}/manifest.json`, text);
      await expect(arrive(world, `${SHOT}/manifest.json`)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    },
  );
});

describe('what is no scene', () => {
  const deliver = async (world: World, message: unknown) =>
    await receive(createHandlers(world, { holder: 'h', leaseMs: 1 }), world)(message);

  test.each([
    ['prod/anim.blend', 'folder'],
    [`${SHOT}/../../../etc/passwd.blend`, 'leave the inbox'],
    [`${SHOT}/junk.blend`, 'is no scene'],
  ])('%s ends in the rejects, with the reason, and nothing else is disturbed', async (key, reason) => {
    const world = createWorld();
    if (!key.includes('..')) await put(world, key, 'junk');
    await deliver(world, { type: 'object-created', key });
    expect(world.refused).toHaveLength(1);
    expect(world.refused[0]).toMatchObject({ subject: key });
    expect(world.refused[0]!.message).toContain(reason);
    await drop(world, `${SHOT}/good.blend`, 'scene');
    await deliver(world, { type: 'object-created', key: `${SHOT}/good.blend` });
    expect(await renders(world)).toHaveLength(1);
  });

  test.each([
    ['{', /no JSON/],
    [{ type: 'object-created' }, /key/],
    [{ type: 'dance' }, /type|discriminator/i],
    [null, /expected|invalid/i],
  ])('a poison message %j ends in the rejects', async (raw, reason) => {
    const world = createWorld();
    await deliver(world, raw);
    expect(world.refused[0]!.message).toMatch(reason);
  });

  test('temporary files are passed over', async () => {
    const world = createWorld();
    await put(world, `${SHOT}/anim.blend.part`, 'x');
    await deliver(world, { type: 'object-created', key: `${SHOT}/anim.blend.part` });
    expect([world.refused, await renders(world)]).toEqual([[], []]);
  });
});
