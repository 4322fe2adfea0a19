import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openDatabase } from '#shared/adapters/local/database.ts';
import { createRenderStore } from '#shared/adapters/local/render-store.ts';
import type { Phase, RenderHead } from '#shared/core/render-events.ts';

const run = promisify(execFile);
const BIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const SCENES = fileURLToPath(new URL('scenes.py', import.meta.url));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One Dropframe on this machine, used as people use it: by its command and its folders. */
export interface Dropframe {
  readonly root: string;
  readonly inbox: string;
  readonly output: string;
  /** Runs a command to its end. */
  command(...args: string[]): Promise<Ended>;
  /** The last line of a command's `--json`. */
  json<T>(...args: string[]): Promise<T>;
  /** Starts the server; resolves once it says that it is up. */
  up(...args: string[]): Promise<ChildProcess>;
  /** Copies a file into the inbox as a careful person would: under another name first. */
  drop(file: string, key: string): Promise<void>;
  /** Waits until a render is in a phase. Looks at the log itself: a command a look would take the cores. */
  phase(phase: Phase, version?: number): Promise<RenderHead>;
  /** Asks again and again until the answer is there; fails by the test's own time limit. */
  until<T>(ask: () => Promise<T | undefined | false>): Promise<T>;
  /** What it logged and where its renders are: for the report of a test that failed. */
  story(): string;
  clean(): void;
}

export function createDropframe(): Dropframe {
  const root = mkdtempSync(path.join(tmpdir(), 'dropframe-e2e-'));
  const [inbox, output] = [path.join(root, 'inbox'), path.join(root, 'output')];
  const started: ChildProcess[] = [];

  const command: Dropframe['command'] = async (...args) => {
    const child = spawn(process.execPath, [BIN, ...args, '--root', root], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [text, complaint]: [string[], string[]] = [[], []];
    child.stdout.on('data', (piece) => text.push(String(piece)));
    child.stderr.on('data', (piece) => complaint.push(String(piece)));
    const [code] = (await once(child, 'close')) as [number];
    return { code, stdout: text.join(''), stderr: complaint.join('') };
  };

  return {
    root,
    inbox,
    output,
    command,
    async json<T>(...args: string[]) {
      const { stdout, stderr } = await command(...args, '--json');
      const last = stdout.trim().split('\n').at(-1);
      if (!last) throw new Error(`no answer to ${args.join(' ')}: ${stderr}`);
      return JSON.parse(last) as T;
    },
    async up(...args) {
      const child = spawn(process.execPath, [BIN, 'up', '--port', '0', '--json', '--root', root, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      started.push(child);
      for await (const line of createInterface(child.stdout)) {
        if ((JSON.parse(line) as { event?: string }).event === 'up') break;
      }
      child.stdout.resume();
      return child;
    },
    async drop(file, key) {
      const target = path.join(inbox, key);
      await mkdir(path.dirname(target), { recursive: true });
      await copyFile(file, `${target}.part`);
      await rename(`${target}.part`, target);
    },
    async until(ask) {
      for (;;) {
        const answer = await ask();
        if (answer) return answer;
        await sleep(150);
      }
    },
    async phase(phase, version) {
      const database = openDatabase(path.join(root, 'dropframe.sqlite'));
      const renders = createRenderStore(database);
      try {
        return await this.until(async () => {
          const heads = await Array.fromAsync(renders.list({ phases: [phase] }));
          const found = heads.find(({ shotVersion }) => version === undefined || shotVersion === version);
          // What ended otherwise will not get there any more: say why instead of waiting.
          for await (const other of renders.list({ phases: ['failed', 'incomplete', 'cancelled'] })) {
            if (!found)
              throw new Error(JSON.stringify(await renders.read(other.renderId, 'render'), null, 1));
          }
          return found;
        });
      } finally {
        database.close();
      }
    },
    story() {
      const database = openDatabase(path.join(root, 'dropframe.sqlite'));
      const tables = ['heads', 'messages', 'children', 'pulses'].map((table) => [
        table,
        database.prepare(`SELECT * FROM ${table}`).all(),
      ]);
      const events = database.prepare('SELECT body FROM events').all();
      database.close();
      const log = readFileSync(path.join(root, 'dropframe.log'), 'utf8');
      return `${log}\n${JSON.stringify([...tables, events], null, 1)}`;
    },
    clean() {
      for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The scenes of these tests, made by the machine's Blender. */
export async function makeScenes(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dropframe-e2e-scenes-'));
  const blender = process.env.DROPFRAME_BLENDER ?? 'blender';
  await run(blender, ['-b', '--factory-startup', '--python-exit-code', '7', '-P', SCENES, '--', folder], {
    maxBuffer: 1e8,
  });
  return folder;
}

export async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(child, 'exit');
  child.kill(signal);
  const [code] = (await ended) as [number | null];
  return code;
}

/** What ffprobe counts in a movie, frame by frame. */
export async function probe(movie: string): Promise<Record<string, string | number>> {
  const args = [
    '-v',
    'error',
    '-count_frames',
    '-select_streams',
    'v:0',
    '-show_streams',
    '-of',
    'json',
    movie,
  ];
  const { stdout } = await run('ffprobe', args);
  return (JSON.parse(stdout) as { streams: Record<string, string | number>[] }).streams[0]!;
}
