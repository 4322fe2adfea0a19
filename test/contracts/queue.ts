import { describe, expect, test } from 'vitest';
import type { Message } from '#events/messages.ts';
import type { Queue } from '#shared/ports.ts';

export interface Received {
  readonly body: string;
  acknowledge(): Promise<void>;
  giveBack(delayMs: number): Promise<void>;
}

export interface QueueWorld {
  readonly queue: Queue;
  /** Some of what is due, at most ten; hidden from others for a while. Empty only when nothing is due. */
  receive(): Promise<readonly Received[]>;
  /** Time goes by: a clock is moved, or there is a wait. */
  pass(ms: number): Promise<void>;
  /** The process that has the queue open dies with what it holds; another one opens the same queue. */
  crash(): Promise<QueueWorld>;
}

const named = (renderId: string): Message => ({ type: 'plan-render', renderId });
const keyed = (bytes: number): Message => {
  const empty = JSON.stringify({ type: 'object-created', key: '' }).length;
  return { type: 'object-created', key: 'k'.repeat(bytes - empty) };
};
const nameOf = ({ body }: Received): string => (JSON.parse(body) as { renderId: string }).renderId;

/** Everything that is due, acknowledged. */
async function drain({ receive }: QueueWorld): Promise<readonly Received[]> {
  const all: Received[] = [];
  for (let some = await receive(); some.length > 0; some = await receive()) {
    for (const one of some) await one.acknowledge();
    all.push(...some);
    // What comes again at once and for ever is a broken law, too.
    if (all.length > 10_000) throw new Error('the queue does not end');
  }
  return all;
}

/** The laws of every queue and of the service that delivers from it. `fresh` gives an empty one. */
export function queueContract(name: string, fresh: () => Promise<QueueWorld>): void {
  describe(`Queue on ${name}`, () => {
    test('what is sent arrives as it was sent, whatever letters it holds', async () => {
      const world = await fresh();
      const message: Message = { type: 'object-created', key: 'p/s/t/ä 日本 #%"\\ 🎬.blend' };
      await world.queue.send(message);
      expect((await drain(world)).map(({ body }) => JSON.parse(body))).toEqual([message]);
    });

    test('each of 500 messages is delivered, and none any more once acknowledged', async () => {
      const world = await fresh();
      const names = Array.from({ length: 500 }, (_, i) => `r${i}`);
      await Promise.all(names.map((one) => world.queue.send(named(one))));
      expect(new Set((await drain(world)).map(nameOf))).toEqual(new Set(names));
      await world.pass(60 * 60_000);
      expect(await world.receive()).toEqual([]);
    });

    test('equal messages are messages of their own', async () => {
      const world = await fresh();
      for (let i = 0; i < 3; i += 1) await world.queue.send(named('same'));
      expect((await drain(world)).length).toBeGreaterThanOrEqual(3);
    });

    test('a delayed message comes when it is due, not before', async () => {
      const world = await fresh();
      await world.queue.send(named('later'), { delayMs: 5000 });
      await world.queue.send(named('now'));
      expect((await drain(world)).map(nameOf)).toEqual(['now']);
      await world.pass(2000);
      expect(await world.receive()).toEqual([]);
      await world.pass(4000);
      expect((await drain(world)).map(nameOf)).toEqual(['later']);
    });

    test('what one receiver holds, another does not get', async () => {
      const world = await fresh();
      for (let i = 0; i < 5; i += 1) await world.queue.send(named(`r${i}`));
      const held: Received[] = [];
      for (let look = 0; look < 10; look += 1) held.push(...(await world.receive()));
      expect(new Set(held.map(nameOf)).size).toBe(5);
      expect(held).toHaveLength(5);
    });

    test('what is given back comes again after its delay', async () => {
      const world = await fresh();
      await world.queue.send(named('r'));
      const [first] = await world.receive();
      await first!.giveBack(3000);
      await world.pass(1000);
      expect(await world.receive()).toEqual([]);
      await world.pass(3000);
      expect((await drain(world)).map(nameOf)).toEqual(['r']);
    });

    test('what nobody acknowledges comes again by itself', async () => {
      const world = await fresh();
      await world.queue.send(named('r'));
      expect(await world.receive()).toHaveLength(1);
      await world.pass(60 * 60_000);
      expect((await drain(world)).map(nameOf)).toEqual(['r']);
    });

    test('messages outlive the process: waiting ones, delayed ones, and those it held when it died', async () => {
      const before = await fresh();
      await before.queue.send(named('held'));
      expect(await before.receive()).toHaveLength(1);
      await before.queue.send(named('waiting'));
      await before.queue.send(named('delayed'), { delayMs: 60_000 });
      const after = await before.crash();
      expect(new Set((await drain(after)).map(nameOf))).toEqual(new Set(['held', 'waiting']));
      await after.pass(61_000);
      expect((await drain(after)).map(nameOf)).toEqual(['delayed']);
    });

    test('a message of 48 KiB is carried; a larger one is TOO_LARGE and is not sent', async () => {
      const world = await fresh();
      await expect(world.queue.send(keyed(48 * 1024 + 1))).rejects.toMatchObject({ code: 'TOO_LARGE' });
      expect(await world.receive()).toEqual([]);
      await world.queue.send(keyed(48 * 1024));
      expect((await drain(world))[0]?.body).toHaveLength(48 * 1024);
    });
  });
}
