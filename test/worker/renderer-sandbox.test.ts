import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requireSandbox, sandboxed, sandboxKind, unconfined } from '#worker/renderer/sandbox.ts';
import { folder, machineBlender, makeScenes, open, outcomes, problemsOf } from './renderer-rig.ts';

const run = promisify(execFile);
const host = folder('hostile');
const scene = join(host, 'hostile');
let connections = 0;
let server: Server;

beforeAll(async () => {
  await makeScenes('hostile.py', host);
  server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  writeFileSync(join(scene, 'port'), String(typeof address === 'object' && address?.port));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

test('a hostile scene is refused by name, and none of its code has run', async () => {
  const before = readdirSync(host);
  const renderer = await open(scene, 'hostile.blend');
  expect(problemsOf(renderer.scene)).toEqual([
    ...['refuse freestyle-script', 'warn file-output-node', 'warn script-blocked'],
  ]);
  await expect(outcomes(renderer, {})).rejects.toMatchObject({ code: 'REFUSED' });
  expect(readdirSync(host)).toEqual(before);
  expect(readdirSync(scene).sort()).toEqual(['hostile.blend', 'port']);
  expect(connections).toBe(0);
});

test('where its code does run, the sandbox holds it', async () => {
  const out = join(host, 'out');
  mkdirSync(out);
  const before = readdirSync(host);
  const { program } = await machineBlender();
  const flags = ['-b', '--factory-startup', '-Y', '/scene/hostile.blend', '-o', '/tmp/f_####', '-f', '1'];
  const { program: bwrap, args } = sandboxed([program, ...flags], {
    readOnly: [{ host: scene, inside: '/scene' }],
    writable: [{ host: out, inside: '/out' }],
  });
  await run(bwrap, [...args], { env: { ...process.env, MY_SECRET: 'x' } });
  // What it wrote to /tmp was memory of its own.
  expect(readFileSync(join(out, 'said'), 'utf8').split('\n')).toEqual(['ran', 'wrote /tmp/written']);
  expect(readdirSync(host)).toEqual(before);
  expect(existsSync('/etc/written') || existsSync('/usr/written') || existsSync('/tmp/written')).toBe(false);
  expect(connections).toBe(0);
});

test('a confined program is held to its temporary folder, sees itself only, and has no capability', async () => {
  const shell = (script: string, confinement = {}) => {
    const { program, args } = sandboxed(['sh', '-c', script], confinement);
    return run(program, [...args]).then(({ stdout }) => stdout.trim());
  };
  expect(await shell('grep CapEff /proc/self/status')).toMatch(/0{16}$/);
  expect(await shell('ls /proc | grep -c "^[0-9]"')).toMatch(/^[1-6]$/);
  await expect(shell('head -c 200000 /dev/zero > /tmp/f', { temporaryBytes: 65_536 })).rejects.toThrow(
    /No space left/,
  );
  expect(await shell('touch /etc/x /x 2>/dev/null; ls /etc/x /x 2>/dev/null | wc -l')).toBe('0');
  expect(await shell('echo $GIVEN $PATH', { environment: { GIVEN: 'a b' } })).toBe('a b /usr/bin:/bin');
});

test('without a sandbox only the environment is reduced', () => {
  expect(unconfined(['blender', '-b'], { environment: { HOME: '/h' } })).toEqual({
    ...{ program: 'blender', args: ['-b'] },
    environment: expect.objectContaining({ HOME: '/h' }),
  });
  expect(Object.keys(unconfined(['x'], {}).environment)).not.toContain('npm_execpath');
});

test('this machine has bubblewrap, so that nothing is refused', async () => {
  expect(await sandboxKind()).toBe('bubblewrap');
  expect(await requireSandbox(false)).toBe('bubblewrap');
});
