import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { workerCount } from '#cli/local/machine.ts';
import { openState } from '#cli/local/state.ts';
import { lockRoot } from '#shared/adapters/local/root-lock.ts';

const REPO = path.join(import.meta.dirname, '../..');
const GIB = 1024 ** 3;
const newRoot = () => mkdtemp(path.join(tmpdir(), 'dropframe-root-'));

/** Another Node process that runs this module text; its lines are read one by one. */
function other(source: string): { child: ChildProcess; line(): Promise<string> } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    cwd: REPO,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  return { child, line: async () => (await lines.next()).value as string };
}

const holder = (root: string) =>
  other(`import { lockRoot } from '#shared/adapters/local/root-lock.ts';
    globalThis.lock = lockRoot(${JSON.stringify(root)});
    console.log('locked');
    setInterval(() => {}, 1000);`);

test('a root belongs to one process, and to nobody once that was killed', async () => {
  const root = await newRoot();
  const { child, line } = holder(root);
  expect(await line()).toBe('locked');
  expect(() => lockRoot(root)).toThrow(
    expect.objectContaining({ code: 'BUSY', message: expect.stringContaining(root) }),
  );
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  const lock = lockRoot(root);
  expect(() => lockRoot(root)).toThrow(expect.objectContaining({ code: 'BUSY' }));
  lock.release();
  lockRoot(root).release();
});

test('a lock file that is none is not taken for a busy root', async () => {
  const root = await newRoot();
  await writeFile(path.join(root, 'lock.sqlite'), 'not a database at all '.repeat(100));
  expect(() => lockRoot(root)).toThrow(expect.not.objectContaining({ code: 'BUSY' }));
});

test('processes that open a new root at the same moment all sign with one secret', async () => {
  const root = await newRoot();
  const opener = `import { openState } from '#cli/local/state.ts';
    import path from 'node:path';
    const log = { info() {}, warn() {}, error() {} };
    console.log('ready');
    for await (const root of (await import('node:readline')).createInterface(process.stdin)) {
      const place = { root, inbox: path.join(root, 'inbox'), output: path.join(root, 'output') };
      const state = openState(place, { log, baseUrl: () => '' });
      console.log(await state.signer.sign({ a: 1 }, 1e15));
      state.close();
    }`;
  const all = Array.from({ length: 4 }, () => other(opener));
  for (const { line } of all) expect(await line()).toBe('ready');
  for (let round = 0; round < 10; round += 1) {
    const place = path.join(root, String(round));
    for (const { child } of all) child.stdin!.write(`${place}\n`);
    const tokens = await Promise.all(all.map(({ line }) => line()));
    expect(new Set(tokens).size, tokens.join('\n')).toBe(1);
    expect((await readdir(place)).filter((name) => name.startsWith('secret'))).toEqual(['secret']);
    expect((await stat(path.join(place, 'secret'))).mode & 0o777).toBe(0o600);
  }
});

test('a secret is kept, and an empty one signs nothing', async () => {
  const root = await newRoot();
  const log = { info() {}, warn() {}, error() {} };
  const open = () => openState({ root, inbox: `${root}/i`, output: `${root}/o` }, { log, baseUrl: () => '' });
  const first = open();
  const token = await first.signer.sign({ a: 1 }, 1e15);
  first.close();
  const second = open();
  expect(await second.signer.verify(token)).toEqual({ a: 1 });
  second.close();
  await writeFile(path.join(root, 'secret'), '');
  expect(open).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  expect(existsSync(path.join(root, 'secret'))).toBe(true);
});

test.each([
  [1, 64, 1],
  [2, 64, 2],
  [4, 64, 4],
  [5, 64, 2],
  [8, 64, 2],
  [16, 64, 4],
  [64, 64, 16],
  [64, 6, 4],
  [2, 2, 1],
  [2, 0, 1],
])('%i cores with %i GiB free get %i workers', (cores, free, workers) => {
  expect(workerCount(cores, free * GIB)).toBe(workers);
});
