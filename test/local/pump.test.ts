import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createPump } from '#cli/local/pump.ts';
import type { Message } from '#events/messages.ts';
import { openDatabase } from '#shared/adapters/local/database.ts';
import { createQueue, type Inlet } from '#shared/adapters/local/queue.ts';
import type { Log, Rejects } from '#shared/ports.ts';

const message = (renderId: string): Message => ({ type: 'plan-render', renderId });
const nameOf = (raw: unknown) => (JSON.parse(raw as string) as { renderId: string }).renderId;
const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000, interval: 2 });

/** A pump on a real queue, whose clock the test moves. */
function pumping(
  receive: (raw: unknown) => Promise<void>,
  { change = (inlet: Inlet) => inlet, rejects = undefined as Rejects | undefined, pollMs = 5 } = {},
) {
  let now = 1_000_000;
  const clock = { now: () => now };
  const database = openDatabase(':memory:');
  const queue = createQueue(database, { clock, onSent: () => pump.nudge() });
  const refused: Parameters<Rejects['send']>[0][] = [];
  const delays: number[] = [];
  const logged: string[] = [];
  const note = (text: string) => void logged.push(text);
  const log: Log = { info: note, warn: note, error: note };
  const inlet = change({
    ...queue,
    giveBack(id, delayMs) {
      delays.push(delayMs);
      queue.giveBack(id, delayMs);
    },
  });
  const pump = createPump({
    ...{ inlet, receive, clock, log, pollMs },
    rejects: rejects ?? { send: async (one) => void refused.push(one) },
  });
  onTestFinished(() => pump.stop());
  const left = () => database.prepare('SELECT count(*) AS n FROM messages').get()!.n;
  const pass = (ms: number) => {
    now += ms;
  };
  return { pump, queue, refused, delays, logged, left, pass };
}

test('each message is received and then forgotten', async () => {
  const got = new Set<string>();
  const { pump, queue, left } = pumping(async (raw) => void got.add(nameOf(raw)));
  for (let i = 0; i < 100; i += 1) await queue.send(message(`r${i}`));
  pump.start();
  await eventually(() => expect(left()).toBe(0));
  expect(got.size).toBe(100);
});

test('what fails is tried again after growing delays, and ends in the rejects with its text', async () => {
  const failing = pumping(async () => {
    throw new Error('the cloud is away');
  });
  await failing.queue.send(message('r'));
  failing.pump.start();
  await eventually(() => {
    failing.pass(30_000);
    expect(failing.refused).toHaveLength(1);
  });
  await eventually(() => expect(failing.left()).toBe(0));
  expect(failing.delays).toHaveLength(119);
  expect(failing.delays.slice(0, 9)).toEqual([200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000]);
  expect(failing.refused[0]).toMatchObject({
    code: 'UNDELIVERABLE',
    message: 'the cloud is away',
    raw: JSON.stringify(message('r')),
  });
});

test('a message whose rejection fails, too, is kept', async () => {
  let full = true;
  const kept = pumping(
    async () => {
      throw undefined;
    },
    {
      rejects: {
        async send() {
          if (full) throw new Error('the disk is full');
        },
      },
    },
  );
  await kept.queue.send(message('r'));
  kept.pump.start();
  await eventually(() => {
    kept.pass(30_000);
    expect(kept.logged).toContain('a message could not be put back');
  });
  expect(kept.left()).toBe(1);
  full = false;
  await eventually(() => {
    kept.pass(15 * 60_000);
    expect(kept.left()).toBe(0);
  });
});

test('a queue that cannot be read for a while is read again', async () => {
  let locked = 3;
  const { pump, queue, left, logged } = pumping(async () => {}, {
    change: (inlet) => ({
      ...inlet,
      take(count, hiddenMs) {
        locked -= 1;
        if (locked >= 0) throw new Error('database is locked');
        return inlet.take(count, hiddenMs);
      },
    }),
  });
  await queue.send(message('r'));
  pump.start();
  await eventually(() => expect(left()).toBe(0));
  expect(logged).toEqual(Array(3).fill('the queue cannot be read'));
});

test('at most eight at once, without asking the queue again and again meanwhile', async () => {
  const open: (() => void)[] = [];
  let takes = 0;
  const { pump, queue, left } = pumping(() => new Promise<void>((resolve) => open.push(resolve)), {
    pollMs: 1,
    change: (inlet) => ({
      ...inlet,
      take(count, hiddenMs) {
        takes += 1;
        return inlet.take(count, hiddenMs);
      },
    }),
  });
  for (let i = 0; i < 20; i += 1) await queue.send(message(`r${i}`));
  pump.start();
  await eventually(() => expect(open).toHaveLength(8));
  const before = takes;
  for (let i = 0; i < 2000; i += 1) await nextTurn();
  expect(takes - before).toBeLessThanOrEqual(1);
  await eventually(() => {
    open.pop()?.();
    expect(left()).toBe(0);
  });
});

test('stop waits for what was taken, and takes nothing more', async () => {
  let finish = () => {};
  const { pump, queue, left } = pumping(() => new Promise<void>((resolve) => (finish = resolve)));
  await queue.send(message('r1'));
  pump.start();
  let stopped = false;
  const stopping = pump.stop().then(() => {
    stopped = true;
  });
  await queue.send(message('r2'));
  for (let i = 0; i < 100; i += 1) await nextTurn();
  expect(stopped).toBe(false);
  finish();
  await stopping;
  expect(left()).toBe(1);
});

test('what is sent is received at once, not at the next look', async () => {
  const got: string[] = [];
  const { pump, queue } = pumping(async (raw) => void got.push(nameOf(raw)), { pollMs: 1e9 });
  pump.start();
  await queue.send(message('r'));
  await eventually(() => expect(got).toEqual(['r']));
});
