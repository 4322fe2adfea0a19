import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from './control-double.ts';
import { makeCache, makeDirectory, openCache } from './rig.ts';

describe('a download', () => {
  const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));

  test('that breaks off is resumed where it broke', async () => {
    const { scene, control } = await makeCache();
    const ranges: (string | null)[] = [];
    const cache = await openCache(await makeDirectory(), control, {
      fetch: async (request) => {
        ranges.push(request.headers.get('range'));
        const response = await control.fetch(request);
        return ranges.length < 4 ? brokenAfter(response, 30_000) : response;
      },
    });
    const held = await cache.hold(scene('s', { 'a.blend': BYTES }));
    expect(await readFile(join(held.directory, 'a.blend'))).toEqual(BYTES);
    expect(ranges).toEqual([null, 'bytes=30000-', 'bytes=60000-', 'bytes=90000-']);
  });

  test('that breaks off starts anew where the server knows no ranges', async () => {
    const { scene, control } = await makeCache();
    let calls = 0;
    const cache = await openCache(await makeDirectory(), control, {
      fetch: async (request) => {
        const response = await control.fetch(new Request(request.url));
        return calls++ === 0 ? brokenAfter(response, 30_000) : response;
      },
    });
    const held = await cache.hold(scene('s', { 'a.blend': BYTES }));
    expect(await readFile(join(held.directory, 'a.blend'))).toEqual(BYTES);
  });

  test('that stands still is given up and resumed', async () => {
    const { scene, control } = await makeCache();
    let calls = 0;
    const cache = await openCache(await makeDirectory(), control, {
      stallMs: 150,
      fetch: async (request) => {
        const response = await control.fetch(request);
        return calls++ === 0 ? new Response(new ReadableStream({ start: () => {} })) : response;
      },
    });
    const held = await cache.hold(scene('s', { 'a.blend': BYTES }));
    expect(await readFile(join(held.directory, 'a.blend'))).toEqual(BYTES);
    expect(calls).toBeGreaterThan(1);
  });

  test.each([
    ['of other bytes', Buffer.from(BYTES).fill(1, 0, 1), /SHA-256 is [0-9a-f]{64}, not/],
    ['of more bytes', Buffer.concat([BYTES, BYTES]), /has not the 100000 bytes/],
  ])('%s is tried once more, then an error that names the file', async (_name, bytes, message) => {
    const { cache, scene, control, directory } = await makeCache();
    const order = scene('s', { 'a.blend': 'scene', 'tex/wood.png': BYTES });
    control.assets.set(sha256(BYTES), bytes);
    await expect(cache.hold(order)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(message),
      details: { path: 'tex/wood.png' },
    });
    const fetched = control.requests.filter((request) => request.endsWith(sha256(BYTES)));
    expect(fetched).toHaveLength(2);
    expect(await readdir(join(directory, 'partial'))).toEqual([]);
    expect(await readdir(join(directory, 'scenes/s'))).not.toContain('tex/wood.png');
    expect(await readdir(join(directory, 'holds'))).toEqual([]);
  });

  test('that was bent on the way once is good the second time', async () => {
    const { cache, scene, control } = await makeCache();
    let bent = 1;
    control.disturb = () => (bent-- > 0 ? new Response('SCENE') : undefined);
    const held = await cache.hold(scene('s', { 'a.blend': 'scene' }));
    expect(await readFile(join(held.directory, 'a.blend'), 'utf8')).toBe('scene');
  });

  test('of what does not exist fails at once, and tells no secret', async () => {
    const { cache, scene, control } = await makeCache();
    const order = scene('s', { 'a.blend': 'scene' });
    control.assets.clear();
    const error: Error = await cache.hold(order).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('"a.blend"') });
    expect(error.message).not.toContain('secret');
    expect(control.requests).toHaveLength(1);
  });

  test('ends with an abort, which is not the end for others who want the file', async () => {
    const { scene, control } = await makeCache();
    const gate = Promise.withResolvers<void>();
    const cache = await openCache(await makeDirectory(), control, {
      fetch: async (request) => {
        const response = await control.fetch(request);
        await gate.promise;
        request.signal.throwIfAborted();
        return response;
      },
    });
    const order = scene('s', { 'a.blend': 'scene' });
    const stop = new AbortController();
    const first = cache.hold(order, stop.signal);
    const second = cache.hold(order);
    await control.until(() => control.requests.length === 1);
    stop.abort(new Error('stopped'));
    gate.resolve();
    await expect(first).rejects.toThrow('stopped');
    expect(await readFile(join((await second).directory, 'a.blend'), 'utf8')).toBe('scene');
  });
});

/** A response whose connection breaks once so many bytes are delivered. */
async function brokenAfter(response: Response, bytes: number): Promise<Response> {
  const delivered = new Uint8Array(await response.arrayBuffer()).subarray(0, bytes);
  let sent = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (sent) controller.error(new TypeError('terminated'));
        else controller.enqueue(delivered);
        sent = true;
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status: response.status });
}
