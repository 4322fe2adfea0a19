import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findBlender } from '#worker/renderer/find-blender.ts';
import { probeCapabilities } from '#worker/renderer/probe-capabilities.ts';
import { folder, machineBlender } from './renderer-rig.ts';

const directory = folder('find');

/** A program that says what it is told to. */
function program(name: string, says: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\nprintf '${says}'\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('the Blender to render with', () => {
  test('is the one on the path, with its version', async () => {
    const install = await findBlender({ environment: { PATH: process.env.PATH }, directory });
    expect(install).toMatchObject({ kind: 'blender', program: expect.stringMatching(/blender/) });
    expect(install.version[0]).toBeGreaterThanOrEqual(3);
  });

  test('is the one that is named, before all others', async () => {
    const named = program('mine', 'Blender 4.2.1 LTS\\n');
    const environment = { PATH: process.env.PATH, DROPFRAME_BLENDER: named };
    expect(await findBlender({ environment, directory })).toMatchObject({
      program: named,
      version: [4, 2, 1],
    });
  });

  test('may be a Python with the module', async () => {
    const python = program('python', 'bpy 4 2 3\\n/venv\\n/usr\\n');
    const environment = { PATH: process.env.PATH, DROPFRAME_PYTHON: python };
    expect(await findBlender({ environment, directory })).toEqual({
      ...{ kind: 'bpy', program: python, version: [4, 2, 3], roots: ['/venv', '/usr'] },
    });
  });

  test.each([
    ['old', 'Blender 2.93.4\\n', /2\.93\.4, which is too old.*Install Blender 3\.0/],
    ['other', 'GIMP 2.10\\n', /does not say that it is Blender/],
  ])('is refused with the way out when it is %s', async (name, says, message) => {
    const environment = { DROPFRAME_BLENDER: program(name, says) };
    await expect(findBlender({ environment, directory })).rejects.toMatchObject({
      ...{ code: 'UNAVAILABLE', message: expect.stringMatching(message) },
    });
  });

  test('is missed in words for every system', async () => {
    const environment = { DROPFRAME_PYTHON: join(directory, 'no-such-python') };
    await expect(findBlender({ environment, directory })).rejects.toThrow(
      /DROPFRAME_PYTHON .*no-such-python/,
    );
    await expect(findBlender({ environment: {}, directory })).rejects.toThrow(/apt.*brew.*winget/);
  });
});

test('what it can do is asked once, and kept until the program changes', async () => {
  const install = await machineBlender();
  const cacheDirectory = join(directory, 'cache');
  const first = await probeCapabilities(install, { cacheDirectory });
  expect(first).toMatchObject({ runs: install.kind, blender: install.version, sandbox: 'bubblewrap' });
  expect(first.engines).toContain('CYCLES');
  expect(first.devices).toContain('cpu');
  const [kept] = readdirSync(cacheDirectory);
  // A program that cannot run any more is not asked again.
  const still = { ...install, version: [0, 0, 0] as const };
  expect(await probeCapabilities(still, { cacheDirectory })).toEqual(first);
  expect(readdirSync(cacheDirectory)).toEqual([kept]);
  writeFileSync(join(cacheDirectory, kept as string), 'not what we wrote');
  expect(await probeCapabilities(install, { cacheDirectory })).toEqual(first);
});

test('a program that gives no answer cannot be asked', async () => {
  const silent = program('silent', 'Blender 4.0.0\\n');
  const install = await findBlender({ environment: { DROPFRAME_BLENDER: silent }, directory });
  await expect(probeCapabilities(install, { cacheDirectory: join(directory, 'none') })).rejects.toMatchObject(
    {
      ...{ code: 'UNAVAILABLE', message: expect.stringMatching(/could not be asked.*Blender 4\.0\.0/s) },
    },
  );
});
