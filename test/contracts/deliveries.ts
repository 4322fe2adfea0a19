import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Manifest } from '#events/manifest.ts';
import type { Deliveries } from '#shared/ports.ts';

export interface DeliveriesWorld {
  readonly deliveries: Deliveries;
  /** Puts an object where manifests say that frames are. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Every file that people see, by its path: name and content. */
  shown(): Promise<ReadonlyMap<string, Uint8Array>>;
  /** Leaves what a process leaves that died in the middle of `make`. */
  tear(manifest: Manifest): Promise<void>;
  /** Leaves what a process leaves that died in the middle of `publish`; something was made. */
  tearPublish(manifest: Manifest): Promise<void>;
  /** Another process takes over. */
  reopen(): Promise<DeliveriesWorld>;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const ANSWER = ['sequence'];

/** A render of these frames, whose objects `put` has stored. */
async function rendered(
  { put }: Pick<DeliveriesWorld, 'put'>,
  frames: Readonly<Record<number, string>>,
  generation = 1,
): Promise<Manifest> {
  const entries: Manifest['frames'] = [];
  for (const [number, text] of Object.entries(frames)) {
    const bytes = new TextEncoder().encode(text);
    const key = `renders/r1/attempts/000000/${generation}/f_${number}_p0.png`;
    await put(key, bytes);
    entries.push({
      ...{ frame: Number(number), part: 0, key, size: bytes.length, sha256: sha256(bytes), pixels: '' },
      ...{ worker: 'w', slice: 0, attempt: generation, seconds: 1, warnings: [] },
    });
  }
  return {
    ...{ type: 'manifest.v1', renderId: 'r1', generation, shot: 'p/s/sh 日本', name: 'sh', version: 3 },
    ...{ sceneId: 's', settings: {}, fps: { numerator: 24, denominator: 1 }, width: 8, height: 8 },
    ...{ extension: '.png', complete: true, frames: entries, parts: [{ kind: 'whole' }], segments: [] },
    ...{ missing: [], warnings: [] },
  };
}

const texts = async ({ shown }: DeliveriesWorld, type = '.png') =>
  [...(await shown())]
    .filter(([file]) => file.endsWith(type))
    .map(([, bytes]) => new TextDecoder().decode(bytes))
    .sort();

/** The laws of every maker of deliverables. `fresh` gives one with an empty place. */
export function deliveriesContract(name: string, fresh: () => Promise<DeliveriesWorld>): void {
  describe(`Deliveries on ${name}`, () => {
    test('made is not yet shown; published, all is there, as it was said to be', async () => {
      const world = await fresh();
      const manifest = await rendered(world, { 1: 'one', 2: 'two' });
      const files = await world.deliveries.make(manifest, ANSWER);
      expect(files.map(({ size, sha256: hash }) => [size, hash])).toEqual([
        [3, sha256(new TextEncoder().encode('one'))],
        [3, sha256(new TextEncoder().encode('two'))],
      ]);
      expect((await world.shown()).size).toBe(0);
      const { place } = await world.deliveries.publish(manifest, files);
      expect(place).toContain('sh 日本');
      const shown = await world.shown();
      for (const { name: file, sha256: hash } of files) {
        const [, bytes] = [...shown].find(([path]) => path.endsWith(`/${file}`))!;
        expect(sha256(bytes)).toBe(hash);
      }
      expect(shown.size).toBe(files.length + 1);
      const told = JSON.parse((await texts(world, 'manifest.json'))[0]!);
      expect(told).toMatchObject({ ...manifest, deliverables: files });
    });

    test('making and publishing twice gives the same, and changes nothing', async () => {
      const world = await fresh();
      const manifest = await rendered(world, { 1: 'one' });
      const files = await world.deliveries.make(manifest, ANSWER);
      expect(await world.deliveries.make(manifest, ANSWER)).toEqual(files);
      const first = await world.deliveries.publish(manifest, files);
      const shown = await world.shown();
      expect(await world.deliveries.publish(manifest, files)).toEqual(first);
      expect(await world.deliveries.make(manifest, ANSWER)).toEqual(files);
      expect(await world.deliveries.publish(manifest, files)).toEqual(first);
      expect(await world.shown()).toEqual(shown);
    });

    test('a process that dies between the two leaves nothing to see, and the next one goes on', async () => {
      const before = await fresh();
      const manifest = await rendered(before, { 1: 'one' });
      const files = await before.deliveries.make(manifest, ANSWER);
      const after = await before.reopen();
      expect((await after.shown()).size).toBe(0);
      expect(await after.deliveries.make(manifest, ANSWER)).toEqual(files);
      await after.deliveries.publish(manifest, files);
      expect(await texts(after)).toEqual(['one']);
    });

    test('a process that dies while it makes leaves nothing to see, and the next one makes all', async () => {
      const before = await fresh();
      const manifest = await rendered(before, { 1: 'one', 2: 'two' });
      await before.tear(manifest);
      const after = await before.reopen();
      expect((await after.shown()).size).toBe(0);
      const files = await after.deliveries.make(manifest, ANSWER);
      await after.deliveries.publish(manifest, files);
      expect(await texts(after)).toEqual(['one', 'two']);
      expect((await after.shown()).size).toBe(3);
    });

    test('a process that dies while it replaces is healed by publishing again, and by making again', async () => {
      for (const again of [false, true]) {
        const before = await fresh();
        const old = await rendered(before, { 1: 'old' });
        await before.deliveries.publish(old, await before.deliveries.make(old, ANSWER));
        const manifest = await rendered(before, { 1: 'new' }, 2);
        const files = await before.deliveries.make(manifest, ANSWER);
        await before.tearPublish(manifest);
        const after = await before.reopen();
        if (again) expect(await after.deliveries.make(manifest, ANSWER)).toEqual(files);
        await after.deliveries.publish(manifest, files);
        expect(await texts(after)).toEqual(['new']);
      }
    });

    test('what cannot be made shows nothing, and can be made once it can', async () => {
      const world = await fresh();
      const manifest = await rendered(world, { 1: 'one', 2: 'two' });
      await world.put(manifest.frames[1]!.key, new TextEncoder().encode('2wo'));
      await expect(world.deliveries.make(manifest, ANSWER)).rejects.toThrow();
      await expect(world.deliveries.make(manifest, ['cinema'])).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
      expect((await world.shown()).size).toBe(0);
      await world.put(manifest.frames[1]!.key, new TextEncoder().encode('two'));
      await world.deliveries.publish(manifest, await world.deliveries.make(manifest, ANSWER));
      expect(await texts(world)).toEqual(['one', 'two']);
    });

    test('a later generation replaces everything; until it is published, people see the one before', async () => {
      const world = await fresh();
      const first = await rendered(world, { 1: 'one', 2: 'two', 3: 'three' });
      await world.deliveries.publish(first, await world.deliveries.make(first, ANSWER));
      const second = await rendered(world, { 1: 'ONE', 4: 'FOUR' }, 2);
      const files = await world.deliveries.make(second, ANSWER);
      expect(await texts(world)).toEqual(['one', 'three', 'two']);
      await world.deliveries.publish(second, files);
      expect(await texts(world)).toEqual(['FOUR', 'ONE']);
      expect(await texts(world, 'manifest.json')).toEqual([expect.stringContaining('"generation": 2')]);
    });

    test('a straggler of an earlier generation does not bring it back', async () => {
      const world = await fresh();
      const first = await rendered(world, { 1: 'old' });
      const files = await world.deliveries.make(first, ANSWER);
      await world.deliveries.publish(first, files);
      const second = await rendered(world, { 1: 'new' }, 2);
      await world.deliveries.publish(second, await world.deliveries.make(second, ANSWER));
      await world.deliveries.publish(first, files).catch(() => {});
      expect(await texts(world)).toEqual(['new']);
    });

    test('what another render delivered under the same version is never lost', async () => {
      const world = await fresh();
      const first = await rendered(world, { 1: 'theirs' });
      await world.deliveries.publish(first, await world.deliveries.make(first, ANSWER));
      const other = { ...(await rendered(world, { 1: 'ours' }, 2)), renderId: 'r2', generation: 1 };
      await world.deliveries.publish(other, await world.deliveries.make(other, ANSWER));
      expect(await texts(world)).toEqual(['ours', 'theirs']);
    });

    test('a render without a frame shows its manifest, which says why', async () => {
      const world = await fresh();
      const none: Manifest = {
        ...(await rendered(world, {})),
        complete: false,
        missing: [{ frame: 1, code: 'RENDERER_FAILED', message: 'it died' }],
      };
      const files = await world.deliveries.make(none, ['sequence', 'movie', 'poster', 'contact-sheet']);
      expect(files).toEqual([]);
      await world.deliveries.publish(none, files);
      const shown = [...(await world.shown())];
      expect(shown.map(([file]) => file.split('/').at(-1))).toEqual(['manifest.json']);
      expect(new TextDecoder().decode(shown[0]![1])).toContain('it died');
    });
  });
}
