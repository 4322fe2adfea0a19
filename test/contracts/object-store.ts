import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ObjectStore } from '#shared/ports.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = async (store: ObjectStore, key: string, range?: readonly [number, number]) => {
  const found = await store.get(key, range ? { range } : {});
  return found && (await new Response(found.body).text());
};
const sha256 = (body: Uint8Array) => createHash('sha256').update(body).digest('hex');

export interface ObjectStoreWorld {
  readonly store: ObjectStore;
  /** Answers presigned URLs: a plain `fetch`, or the local server's. */
  readonly fetch: (request: Request) => Promise<Response>;
}

/** The laws of every object store. `fresh` gives an empty one, or an empty namespace. */
export function objectStoreContract(name: string, fresh: () => Promise<ObjectStoreWorld>): void {
  describe(`ObjectStore on ${name}`, () => {
    test('what was put is read back whole, in parts, and described', async () => {
      const { store } = await fresh();
      const { etag } = await store.put('a/b.txt', bytes('hello frames'));
      expect(await text(store, 'a/b.txt')).toBe('hello frames');
      expect(await text(store, 'a/b.txt', [6, 100])).toBe('frames');
      expect(await text(store, 'a/b.txt', [0, 5])).toBe('hello');
      expect(await text(store, 'a/b.txt', [50, 5])).toBe('');
      expect(await store.head('a/b.txt')).toMatchObject({ key: 'a/b.txt', size: 12, etag });
    });

    test('streams are stored like bytes, empty objects too', async () => {
      const { store } = await fresh();
      const big = new Uint8Array(3_000_000).map((_, i) => i % 251);
      await store.put('big', new Blob([big]).stream());
      expect(new Uint8Array(await new Response((await store.get('big'))!.body).arrayBuffer())).toEqual(big);
      await store.put('empty', new Uint8Array());
      expect(await store.head('empty')).toMatchObject({ size: 0 });
      expect(await text(store, 'empty')).toBe('');
    });

    test('absence is undefined, deleting is quiet', async () => {
      const { store } = await fresh();
      expect(await store.get('nothing')).toBeUndefined();
      expect(await store.head('nothing')).toBeUndefined();
      await store.delete('nothing');
      await store.put('a', bytes('1'));
      await store.delete('a');
      expect(await store.head('a')).toBeUndefined();
    });

    test('of 8 racing create-only writes one wins, and its body stays', async () => {
      const { store } = await fresh();
      const writes = Array.from({ length: 8 }, (_, i) =>
        store.put('k', bytes(`racer ${i}`), { ifNoneMatch: '*' }),
      );
      const ended = await Promise.allSettled(writes);
      const won = ended.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
      expect(won).toHaveLength(1);
      for (const loser of ended.filter((end) => end.status === 'rejected')) {
        expect((loser as PromiseRejectedResult).reason).toMatchObject({ code: 'PRECONDITION_FAILED' });
      }
      expect(await text(store, 'k')).toBe(`racer ${won[0]}`);
    });

    test('every write changes the etag; of 8 racing replacements of one version one wins', async () => {
      const { store } = await fresh();
      const first = await store.put('k', bytes('same'));
      const second = await store.put('k', bytes('same!'));
      expect(second.etag).not.toBe(first.etag);
      await expect(store.put('k', bytes('x'), { ifMatch: first.etag })).rejects.toMatchObject({
        code: 'PRECONDITION_FAILED',
      });
      const racers = Array.from({ length: 8 }, (_, i) =>
        store.put('k', bytes(`longer racer ${i}`), { ifMatch: second.etag }),
      );
      const won = (await Promise.allSettled(racers)).filter(({ status }) => status === 'fulfilled');
      expect(won).toHaveLength(1);
    });

    test('a listing of more than 1,000 keys is complete and in key order', async () => {
      const { store } = await fresh();
      const keys = Array.from({ length: 1050 }, (_, i) => `p/${String(i * 7919).padStart(8, '0')}`);
      for (const key of keys) await store.put(key, bytes('x'));
      await store.put('q/other', bytes('x'));
      const listed = (await Array.fromAsync(store.list('p/'))).map(({ key }) => key);
      expect(listed).toEqual(keys.toSorted());
    });

    test('prefixes need not end at a slash, and folders sort as their names with one', async () => {
      const { store } = await fresh();
      for (const key of ['a/b/c', 'a/b.txt', 'a/bc', 'ab', 'b']) await store.put(key, bytes('x'));
      const listed = async (prefix: string) =>
        (await Array.fromAsync(store.list(prefix))).map(({ key }) => key);
      expect(await listed('a/b')).toEqual(['a/b.txt', 'a/b/c', 'a/bc']);
      expect(await listed('')).toEqual(['a/b.txt', 'a/b/c', 'a/bc', 'ab', 'b']);
      expect(await listed('zzz')).toEqual([]);
    });

    test.each([
      'with space',
      'plus+sign',
      'ünïcödé/日本語',
      'per%20cent',
      'hash#tag',
      "quote'd & co",
      '(v001) [a]',
    ])('the odd key "%s" round-trips, also through a presigned URL', async (key) => {
      const { store, fetch } = await fresh();
      await store.put(key, bytes(key));
      expect(await text(store, key)).toBe(key);
      expect((await Array.fromAsync(store.list(''))).map((info) => info.key)).toEqual([key]);
      const url = await store.presignGet(key, { expiresInMs: 60_000 });
      const answer = await fetch(new Request(url));
      expect([answer.status, await answer.text()]).toEqual([200, key]);
    });

    test('a body that is not what was announced is refused and leaves nothing', async () => {
      const { store } = await fresh();
      const body = bytes('frames');
      const wrong = sha256(bytes('other'));
      await expect(store.put('k', body, { sha256: wrong })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      expect(await store.head('k')).toBeUndefined();
      await store.put('k', body, { sha256: sha256(body), size: body.length });
      expect(await text(store, 'k')).toBe('frames');
    });

    test('a presigned PUT creates one object once, of one size and hash', async () => {
      const { store, fetch } = await fresh();
      const body = bytes('a frame');
      const grant = await store.presignPut('f', {
        expiresInMs: 60_000,
        size: body.length,
        sha256: sha256(body),
      });
      const put = (content: Uint8Array<ArrayBuffer>) =>
        fetch(new Request(grant.url, { method: 'PUT', headers: grant.headers, body: content }));
      expect((await put(bytes('b frame') as Uint8Array<ArrayBuffer>)).ok).toBe(false);
      expect(await store.head('f')).toBeUndefined();
      expect((await put(body as Uint8Array<ArrayBuffer>)).ok).toBe(true);
      expect([409, 412]).toContain((await put(body as Uint8Array<ArrayBuffer>)).status);
      expect(await text(store, 'f')).toBe('a frame');
    });
  });
}
