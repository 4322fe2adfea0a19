import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ObjectStore, SceneFiles } from '#shared/ports.ts';

export interface SceneFilesWorld {
  readonly scenes: SceneFiles;
  readonly inbox: ObjectStore;
  readonly work: ObjectStore;
  /** Somebody writes into an object of the inbox, in place, while it is being ingested. */
  ingestWhileChanging(key: string): Promise<unknown>;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const KEY = 'p/s/t/ä 日本 #1_v001.blend';

/** The laws of every reader of scenes. `scene` is a small scene file of 1 to `frames` frames. */
export function sceneFilesContract(
  name: string,
  { bytes: scene, frames }: { readonly bytes: Uint8Array; readonly frames: number },
  fresh: () => Promise<SceneFilesWorld>,
): void {
  describe(`SceneFiles on ${name}`, () => {
    test.each(['inbox', 'work'] as const)('a scene in the %s says what it is', async (bucket) => {
      const world = await fresh();
      await world[bucket].put(KEY, scene);
      const facts = await world.scenes.facts(bucket, KEY);
      expect(facts).toMatchObject({ frameStart: 1, frameEnd: frames });
    });

    test.each([
      ['empty', new Uint8Array()],
      ['no scene', new TextEncoder().encode('hello, I am no scene at all')],
      ['half of one', scene.subarray(0, scene.length >> 1)],
    ])('what is %s is INVALID_SCENE', async (_, bytes) => {
      const { scenes, inbox } = await fresh();
      await inbox.put(KEY, bytes);
      await expect(scenes.facts('inbox', KEY)).rejects.toMatchObject({ code: 'INVALID_SCENE' });
    });

    test('what is not there is NOT_FOUND', async () => {
      const { scenes, inbox } = await fresh();
      await expect(scenes.facts('inbox', KEY)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(scenes.facts('work', KEY)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(scenes.ingest(KEY)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await inbox.put(KEY, scene);
      await scenes.ingest(KEY);
      await inbox.delete(KEY);
      await expect(scenes.ingest(KEY)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    test('an object is copied under the hash of its content, once for all of the same content', async () => {
      const { scenes, inbox, work } = await fresh();
      const bytes = randomBytes(3_000_000);
      await inbox.put('p/s/t/one.vdb', bytes);
      await inbox.put('p/s/t/two.vdb', bytes);
      await inbox.put('p/s/t/empty.vdb', new Uint8Array());
      const all = await Promise.all(['one', 'two', 'one'].map((file) => scenes.ingest(`p/s/t/${file}.vdb`)));
      expect(all.map(({ sha256: hash, size }) => ({ hash, size }))).toEqual(
        all.map(() => ({ hash: sha256(bytes), size: bytes.length })),
      );
      expect(await scenes.ingest('p/s/t/empty.vdb')).toMatchObject({
        size: 0,
        sha256: sha256(new Uint8Array()),
      });
      const copies = await Array.fromAsync(work.list(''));
      expect(copies).toHaveLength(2);
      const copy = copies.find(({ key }) => key.includes(sha256(bytes)))!;
      const read = await new Response((await work.get(copy.key))!.body).arrayBuffer();
      expect(sha256(new Uint8Array(read))).toBe(sha256(bytes));
    });

    test('again is cheap: the copy is not written again', async () => {
      const { scenes, inbox, work } = await fresh();
      await inbox.put(KEY, scene);
      const first = await scenes.ingest(KEY);
      const [before] = await Array.fromAsync(work.list(''));
      expect(await scenes.ingest(KEY)).toMatchObject(first);
      expect(await Array.fromAsync(work.list(''))).toEqual([before]);
    });

    test('an object that changed has another hash, and both contents stay', async () => {
      const { scenes, inbox, work } = await fresh();
      await inbox.put(KEY, new TextEncoder().encode('version 1'));
      const first = await scenes.ingest(KEY);
      await inbox.put(KEY, new TextEncoder().encode('version 2'));
      const second = await scenes.ingest(KEY);
      expect(second.sha256).toBe(sha256(new TextEncoder().encode('version 2')));
      expect(second.sha256).not.toBe(first.sha256);
      expect(await Array.fromAsync(work.list(''))).toHaveLength(2);
    });

    test('what changes while it is copied is CONFLICT, to be tried again, and nothing wrong is kept', async () => {
      const world = await fresh();
      await world.inbox.put(KEY, randomBytes(500_000));
      await expect(world.ingestWhileChanging(KEY)).rejects.toMatchObject({
        code: 'CONFLICT',
        retryable: true,
      });
      expect(await Array.fromAsync(world.work.list(''))).toEqual([]);
      const { sha256: hash, size } = await world.scenes.ingest(KEY);
      const [copy] = await Array.fromAsync(world.work.list(''));
      expect(copy).toMatchObject({ size, key: expect.stringContaining(hash) });
    });
  });
}
