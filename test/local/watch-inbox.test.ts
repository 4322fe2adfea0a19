import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rename, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type InboxWatch, watchInbox } from '#cli/local/watch-inbox.ts';
import { openDatabase } from '#shared/adapters/local/database.ts';
import { createSeenFiles } from '#shared/adapters/local/seen-files.ts';

const STABLE_MS = 600;
const log = { info() {}, warn() {}, error() {} };
const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 10 });

/** A watched inbox. Its clock runs only while `look` waits. */
async function watching() {
  const root = await mkdtemp(path.join(tmpdir(), 'dropframe-inbox-'));
  const inbox = path.join(root, 'inbox');
  await mkdir(inbox);
  const told: string[] = [];
  const refused: string[] = [];
  let now = 1_000_000;
  let sightings = 0;
  const database = openDatabase(path.join(root, 'dropframe.sqlite'));
  const start = (): InboxWatch =>
    watchInbox({
      ...{ inbox, log, stableMs: STABLE_MS, seen: createSeenFiles(database) },
      clock: {
        now() {
          sightings += 1;
          return now;
        },
      },
      queue: {
        async send(message) {
          if (message.type === 'object-created') told.push(message.key);
        },
      },
      rejects: { send: async ({ subject }) => void refused.push(subject) },
    });
  // A file that was there after the others: when it is told, they have been looked at.
  let witness = 0;
  const look = async () => {
    const key = `w/w/w/witness${witness}.vdb`;
    witness += 1;
    await put(key);
    await eventually(() => {
      now += STABLE_MS;
      expect(told).toContain(key);
    });
  };
  const put = async (key: string, text = 'x') => {
    const file = path.join(inbox, key);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  let watch = start();
  onTestFinished(() => watch.close());
  return {
    ...{ inbox, told, refused, put, look },
    dropped: () => told.filter((key) => !key.startsWith('w/')),
    file: (key: string) => path.join(inbox, key),
    /** Time goes by, and the watch looks twice at the one file that there is. */
    async pass(ms: number) {
      now += ms;
      const before = sightings;
      await eventually(() => expect(sightings).toBeGreaterThanOrEqual(before + 2));
    },
    async restart() {
      await watch.close();
      watch = start();
    },
  };
}

test('a file that keeps growing is not told before it has come to rest', async () => {
  const { put, file, look, dropped: told } = await watching();
  await put('p/s/t/a.blend');
  for (let i = 0; i < 3; i += 1) {
    const growing = setInterval(() => void appendFile(file('p/s/t/a.blend'), 'more'), 2);
    await look();
    clearInterval(growing);
    expect(told()).toEqual([]);
  }
  await eventually(async () => {
    await look();
    expect(told()).toEqual(['p/s/t/a.blend']);
  });
});

test('a file counts as arrived when it has rested for long enough, not before', async () => {
  const { put, pass, look, dropped: told } = await watching();
  await put('p/s/t/a.blend');
  await pass(0);
  await pass(STABLE_MS - 1);
  expect(told()).toEqual([]);
  await look();
  expect(told()).toEqual(['p/s/t/a.blend']);
});

test('a file under a temporary name is not told; renamed into place it is', async () => {
  const { put, file, look, dropped: told } = await watching();
  await put('p/s/t/a.blend.part');
  await look();
  expect(told()).toEqual([]);
  await rename(file('p/s/t/a.blend.part'), file('p/s/t/a.blend'));
  await look();
  await eventually(() => expect(told()).toEqual(['p/s/t/a.blend']));
});

test('2,000 files in nested folders that appear at once are each told once', async () => {
  const { inbox, put, file, look, dropped: told } = await watching();
  const keys = Array.from({ length: 2000 }, (_, i) => `p${i % 4}/s/t/${'deep/'.repeat(i % 9)}ä #%${i}.vdb`);
  for (const key of keys) await put(`.aside/${key}`);
  for (let i = 0; i < 4; i += 1) await rename(file(`.aside/p${i}`), path.join(inbox, `p${i}`));
  await look();
  await eventually(() => expect(told()).toHaveLength(2000));
  await look();
  expect(told().toSorted()).toEqual(keys.toSorted());
});

test('a file that is replaced is told again, also by one of the same size', async () => {
  const { put, file, look, dropped: told } = await watching();
  await put('p/s/t/a.blend', 'version 1');
  await look();
  await eventually(() => expect(told()).toHaveLength(1));
  await put('p/s/t/.new', 'version 2');
  await rename(file('p/s/t/.new'), file('p/s/t/a.blend'));
  await look();
  await eventually(() => expect(told()).toEqual(['p/s/t/a.blend', 'p/s/t/a.blend']));
});

test('a restart tells nothing twice, and what came meanwhile', async () => {
  const { put, look, dropped: told, refused, restart } = await watching();
  await put('p/s/t/a.blend');
  await put('too-high.blend');
  await look();
  await eventually(() => expect([told(), refused]).toEqual([['p/s/t/a.blend'], ['too-high.blend']]));
  await put('p/s/t/b.blend');
  await restart();
  await look();
  await eventually(() => expect(told()).toEqual(['p/s/t/a.blend', 'p/s/t/b.blend']));
  await look();
  expect(refused).toEqual(['too-high.blend']);
});

test('links, sockets, pipes and impossible names are refused once each, and disturb nothing', async () => {
  const { put, file, look, dropped: told, refused } = await watching();
  await put('p/s/t/good.blend');
  await symlink('/etc/passwd', file('p/s/t/link.blend'));
  await symlink('/etc', file('p/s/t/folder'));
  await symlink('/nowhere', file('p/s/t/dangling.blend'));
  execFileSync('mkfifo', [file('p/s/t/pipe.blend')]);
  const server = createServer().listen(file('p/s/t/socket.blend'));
  onTestFinished(() => void server.close());
  await put('p/s/t/line\nbreak.blend');
  await put('p/s/t/back\\slash.blend');
  await put('high.blend');
  await put('p/s/t/.hidden');
  await look();
  const bad = ['back\\slash', 'dangling', 'line\nbreak', 'link', 'pipe', 'socket'].map(
    (name) => `p/s/t/${name}.blend`,
  );
  await eventually(() =>
    expect(refused.toSorted()).toEqual([...bad, 'high.blend', 'p/s/t/folder'].toSorted()),
  );
  await look();
  expect(refused).toHaveLength(8);
  expect(told()).toEqual(['p/s/t/good.blend']);
});
