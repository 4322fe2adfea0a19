import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openScratch } from '#worker/scratch.ts';
import { sha256 } from './control-double.ts';
import { makeCache, makeDirectory, openCache } from './rig.ts';

const HOST = hostname().replace(/[^A-Za-z0-9-]/g, '');

const SCENE = { 'a.blend': 'scene', 'tex/wood.png': 'wood', 'tex/copy of wood.png': 'wood', empty: '' };

describe('a held scene', () => {
  test('is a folder with all its files, read-only, each hash fetched once', async () => {
    const { cache, scene, control } = await makeCache();
    const held = await cache.hold(scene('s', SCENE));
    for (const [path, content] of Object.entries(SCENE)) {
      const file = join(held.directory, path);
      expect(await readFile(file, 'utf8')).toBe(content);
      expect((await stat(file)).mode & 0o777).toBe(0o444);
    }
    expect(control.requests).toHaveLength(3);
    await held.release();
  });

  test('is fetched once for all who want it at the same time, and not again later', async () => {
    const { cache, scene, control, directory } = await makeCache();
    const order = scene('s', SCENE);
    const otherProcess = await openCache(directory, control);
    await Promise.all([cache.hold(order), cache.hold(order), cache.hold(order)]);
    expect(control.requests).toHaveLength(3);
    await otherProcess.hold(order);
    expect(control.requests).toHaveLength(3);
  });

  test('is whole also when two processes fetch it at once', async () => {
    const { cache, scene, control, directory } = await makeCache();
    const bytes = Buffer.alloc(300_000, 'x');
    const order = scene('s', { 'a.blend': bytes });
    const otherProcess = await openCache(directory, control);
    const held = await Promise.all([cache.hold(order), otherProcess.hold(order)]);
    for (const { directory: root } of held) expect(await readFile(join(root, 'a.blend'))).toEqual(bytes);
    expect(await readdir(join(directory, 'partial'))).toEqual([]);
  });

  test.each(['scenes/s/a.blend', 'asset'])('is repaired when %s was changed on the disk', async (what) => {
    const { cache, scene, control, directory } = await makeCache();
    const order = scene('s', { 'a.blend': 'scene' });
    await (await cache.hold(order)).release();
    const sum = sha256('scene');
    const path = join(directory, what === 'asset' ? `assets/${sum.slice(0, 2)}/${sum}` : what);
    await chmod(path, 0o644);
    await writeFile(path, 'SCENE');
    const after = await openCache(directory, control);
    for (const reader of [cache, after]) {
      const held = await reader.hold(order);
      expect(await readFile(join(held.directory, 'a.blend'), 'utf8')).toBe('scene');
    }
  });

  test('is repaired when a file is gone', async () => {
    const { cache, scene } = await makeCache();
    const order = scene('s', SCENE);
    const held = await cache.hold(order);
    await rm(join(held.directory, 'tex'), { recursive: true });
    await cache.hold(order);
    expect(await readFile(join(held.directory, 'tex/wood.png'), 'utf8')).toBe('wood');
  });
});

describe('room', () => {
  const sized = (letter: string) => ({ [`${letter}.blend`]: letter.repeat(400) });

  test('is made by removing the scene that was used longest ago', async () => {
    const { cache, scene, directory } = await makeCache({ maxBytes: 1000 });
    for (const [index, id] of ['a', 'b'].entries()) {
      await (await cache.hold(scene(id, sized(id)))).release();
      await utimes(join(directory, 'scenes', id), index, index);
    }
    await (await cache.hold(scene('a', sized('a')))).release();
    await (await cache.hold(scene('c', sized('c')))).release();
    expect((await readdir(join(directory, 'scenes'))).sort()).toEqual(['a', 'c']);
    expect(await readdir(join(directory, 'assets'), { recursive: true })).not.toContain(
      sha256('b'.repeat(400)),
    );
  });

  test('is never made at the cost of a scene in use, also by another process', async () => {
    const { cache, scene, control, directory } = await makeCache({ maxBytes: 500 });
    const otherProcess = await openCache(directory, control, { maxBytes: 500 });
    const held = await cache.hold(scene('a', sized('a')));
    await otherProcess.hold(scene('b', sized('b')));
    expect((await readdir(join(directory, 'scenes'))).sort()).toEqual(['a', 'b']);
    await held.release();
    await otherProcess.hold(scene('c', sized('c')));
    expect((await readdir(join(directory, 'scenes'))).sort()).toEqual(['b', 'c']);
  });

  test('spares what two scenes share', async () => {
    const { cache, scene, control } = await makeCache({ maxBytes: 1000 });
    await (await cache.hold(scene('a', { ...sized('a'), shared: 's'.repeat(300) }))).release();
    const held = await cache.hold(scene('b', { ...sized('b'), shared: 's'.repeat(300) }));
    expect(await readFile(join(held.directory, 'shared'), 'utf8')).toBe('s'.repeat(300));
    expect(
      control.requests.filter((request) => request.endsWith(sha256('s'.repeat(300)))).length,
    ).toBeLessThan(3);
  });
});

describe('what dead processes left', () => {
  const deadPid = async () => {
    const child = spawn(process.execPath, ['--eval', '']);
    await once(child, 'exit');
    return child.pid!;
  };

  test('is removed when a directory is opened, and nothing else is', async () => {
    const directory = await makeDirectory();
    const old = new Date(Date.now() - 48 * 60 * 60 * 1000);
    const dead = [
      `slice-1-1.${HOST}.${await deadPid()}.00000000.0`,
      `slice-1-2.${HOST}.${process.pid}.00000000.0`,
      'slice-1-3.elsewhere.1.00000000.0',
    ];
    const alive = [
      `slice-2-1.${HOST}.${process.ppid}.00000000.0`,
      'slice-2-2.elsewhere.1.00000000.0',
      'somebody-elses-folder',
    ];
    for (const name of [...dead, ...alive]) {
      await mkdir(join(directory, name, 'frames'), { recursive: true });
      if (dead.includes(name) || name.startsWith('somebody')) await utimes(join(directory, name), old, old);
    }
    const makeScratch = await openScratch(directory);
    expect((await readdir(directory)).sort()).toEqual(alive.sort());
    const own = await makeScratch('slice-3-1');
    await openScratch(directory);
    expect(await readdir(directory)).toHaveLength(4);
    await own.remove();
    expect((await readdir(directory)).sort()).toEqual(alive.sort());
  });
});
