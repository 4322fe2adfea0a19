import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectScene, requireComplete } from '#cli/collect-scene.ts';
import { createFolderTarget, hashFile } from '#cli/push-folder.ts';
import { pushScene } from '#cli/push-scene.ts';
import { Fault } from '#shared/core/fault.ts';
import type { SceneFacts, SceneReference } from '#shared/core/scene-facts.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dropframe-push-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `content of ${path}`);
  }
}

const reference = (path: string, rest: Partial<SceneReference> = {}): SceneReference => ({
  kind: 'image',
  path,
  user: 'Wood',
  packed: false,
  ...rest,
});

/** Scenes that refer to what a test says; their files are text. */
const reading =
  (scenes: Readonly<Record<string, readonly SceneReference[]>>) =>
  async (path: string): Promise<SceneFacts> => {
    const references = scenes[path.slice(folder.length + 1)] ?? [];
    return { references } as unknown as SceneFacts;
  };

describe('collectScene', () => {
  test('a lone scene is one file', async () => {
    await put('shot.blend');
    const scene = await collectScene(join(folder, 'shot.blend'), reading({}));
    expect(scene).toMatchObject({ main: 'shot.blend', missing: [] });
    expect(scene.files.map(({ path }) => path)).toEqual(['shot.blend']);
  });

  test('textures, sequences, tiles and folders come along, packed files do not', async () => {
    const frames = ['seq/f_0001.png', 'seq/f_0002.png', 'seq/g_0001.png'];
    await put(
      'shot.blend',
      'tex/wood 1.png',
      ...frames,
      'udim/t.1001.png',
      'udim/t.1002.png',
      'cache/a/b.vdb',
    );
    const scene = await collectScene(
      join(folder, 'shot.blend'),
      reading({
        'shot.blend': [
          reference('//tex/wood 1.png'),
          reference('//packed.png', { packed: true }),
          reference('//seq/f_0001.png', { kind: 'image-sequence', spread: 'sequence' }),
          reference('//udim/t.<UDIM>.png', { kind: 'udim', spread: 'tiles', tiles: [1001, 1002] }),
          reference('//cache', { kind: 'cache', spread: 'folder' }),
        ],
      }),
    );
    expect(scene.missing).toEqual([]);
    expect(scene.files.map(({ path }) => path)).toEqual([
      'cache/a/b.vdb',
      'seq/f_0001.png',
      'seq/f_0002.png',
      'shot.blend',
      'tex/wood 1.png',
      'udim/t.1001.png',
      'udim/t.1002.png',
    ]);
  });

  test('libraries are followed, also in a circle, and each from its own folder', async () => {
    await put('shots/shot.blend', 'lib/props.blend', 'lib/metal.png');
    const library = (path: string) => reference(path, { kind: 'library' });
    const scene = await collectScene(
      join(folder, 'shots/shot.blend'),
      reading({
        'shots/shot.blend': [library('//../lib/props.blend')],
        'lib/props.blend': [reference('//metal.png'), library('//../shots/shot.blend')],
      }),
    );
    expect(scene.main).toBe('shots/shot.blend');
    expect(scene.files.map(({ path }) => path)).toEqual([
      'lib/metal.png',
      'lib/props.blend',
      'shots/shot.blend',
    ]);
  });

  test('what cannot come along is named, all of it', async () => {
    await put('shot.blend', 'there.png');
    const scene = await collectScene(
      join(folder, 'shot.blend'),
      reading({ 'shot.blend': [reference('//gone.png'), reference(join(folder, 'there.png'))] }),
    );
    expect(scene.missing.map(({ path }) => path)).toEqual(['//gone.png', join(folder, 'there.png')]);
    expect(() => requireComplete(scene, false)).toThrow(/gone\.png.*\n.*Make Paths Relative/);
    expect(() => requireComplete(scene, true)).not.toThrow();
  });

  test('no such scene', async () => {
    await expect(collectScene(join(folder, 'no.blend'), reading({}))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('pushScene into a folder', () => {
  const scenes = { 'src/shot.blend': [reference('//tex/wood.png')] };
  const collect = () => collectScene(join(folder, 'src/shot.blend'), reading(scenes));
  const target = () => createFolderTarget(join(folder, 'inbox/p/s/sh'));
  beforeEach(() => put('src/shot.blend', 'src/tex/wood.png'));

  test('everything arrives, the scene after what it needs, the manifest last', async () => {
    const told: string[] = [];
    const writes: string[] = [];
    const into = target();
    const watched = {
      ...into,
      put: async (file: Parameters<typeof into.put>[0]) => {
        await into.put(file);
        writes.push(file.path);
      },
      putManifest: async (text: string) => {
        await into.putManifest(text);
        writes.push('manifest');
      },
    };
    await pushScene(await collect(), watched, ({ path }, sent) => told.push(`${path} ${sent}`));
    expect(writes).toEqual(['tex/wood.png', 'shot.blend', 'manifest']);
    expect(told).toEqual(['tex/wood.png true', 'shot.blend true']);
    const inbox = join(folder, 'inbox/p/s/sh');
    const names = await readdir(inbox, { recursive: true });
    expect(names.sort()).toEqual(['manifest.json', 'shot.blend', 'tex', 'tex/wood.png']);
    const manifest = JSON.parse(await readFile(join(inbox, 'manifest.json'), 'utf8'));
    expect(manifest.main).toBe('shot.blend');
    for (const { path, size, sha256 } of manifest.files) {
      expect(await hashFile(join(inbox, path))).toEqual({ size, sha256 });
    }
  });

  test('what is there already is not sent again; what changed is', async () => {
    await pushScene(await collect(), target(), () => {});
    const before = await stat(join(folder, 'inbox/p/s/sh/tex/wood.png'));
    await writeFile(join(folder, 'src/shot.blend'), 'another scene');
    const { sent, there } = await pushScene(await collect(), target(), () => {});
    expect(sent.map(({ path }) => path)).toEqual(['shot.blend']);
    expect(there.map(({ path }) => path)).toEqual(['tex/wood.png']);
    expect((await stat(join(folder, 'inbox/p/s/sh/tex/wood.png'))).mtimeMs).toBe(before.mtimeMs);
    expect(await readFile(join(folder, 'inbox/p/s/sh/shot.blend'), 'utf8')).toBe('another scene');
  });

  test('a file that changes while it is pushed never arrives, and leaves nothing behind', async () => {
    const file = { path: 'a.png', source: join(folder, 'src/shot.blend'), size: 1, sha256: 'f'.repeat(64) };
    await expect(target().put(file)).rejects.toThrow(Fault);
    expect(await readdir(join(folder, 'inbox/p/s/sh'))).toEqual([]);
  });

  test('a link in the way is replaced, not followed', async () => {
    await mkdir(join(folder, 'inbox/p/s/sh'), { recursive: true });
    await put('secret.txt');
    await symlink(join(folder, 'secret.txt'), join(folder, 'inbox/p/s/sh/shot.blend'));
    await pushScene(await collect(), target(), () => {});
    expect(await readFile(join(folder, 'secret.txt'), 'utf8')).toBe('content of secret.txt');
    expect(await readFile(join(folder, 'inbox/p/s/sh/shot.blend'), 'utf8')).toBe('content of src/shot.blend');
  });
});
