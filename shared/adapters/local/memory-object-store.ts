import { createHash } from 'node:crypto';
import { Fault } from '#shared/core/fault.ts';
import type { ObjectInfo, ObjectStore } from '#shared/ports.ts';
import type { Presigner } from './presigner.ts';

/** Objects in memory, under the same laws as files and buckets: for the simulation. */
export function createMemoryObjectStore({
  presigner,
  onCreated,
}: {
  readonly presigner: Presigner;
  readonly onCreated?: (key: string) => Promise<void>;
}): ObjectStore {
  const objects = new Map<string, { readonly bytes: Uint8Array; readonly info: ObjectInfo }>();
  let writes = 0;
  return {
    async put(key, body, { ifNoneMatch, ifMatch, size, sha256 } = {}) {
      const bytes =
        body instanceof Uint8Array ? body : new Uint8Array(await new Response(body).arrayBuffer());
      if (size !== undefined && size !== bytes.length) {
        throw new Fault('INVALID_INPUT', `${bytes.length} bytes arrived, ${size} were announced`);
      }
      if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256) {
        throw new Fault('INVALID_INPUT', `what arrived does not have the hash ${sha256}`);
      }
      const there = objects.get(key)?.info.etag;
      if ((ifNoneMatch && there !== undefined) || (ifMatch !== undefined && ifMatch !== there)) {
        throw new Fault('PRECONDITION_FAILED', `${key} is not what it was expected to be`);
      }
      writes += 1;
      const etag = String(writes);
      objects.set(key, { bytes, info: { key, size: bytes.length, etag, modifiedAt: writes } });
      await onCreated?.(key);
      return { etag };
    },
    async get(key, { range } = {}) {
      const found = objects.get(key);
      if (!found) return undefined;
      const [first, length] = range ?? [0, found.bytes.length];
      const part = found.bytes.slice(first, first + length);
      return { body: streamOf(part), info: found.info };
    },
    head: async (key) => objects.get(key)?.info,
    async *list(prefix) {
      const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
      for (const key of [...objects.keys()].filter((one) => one.startsWith(prefix)).sort(order)) {
        const found = objects.get(key);
        if (found) yield found.info;
      }
    },
    async delete(key) {
      objects.delete(key);
    },
    presignGet: (key, { expiresInMs }) => presigner.get(key, expiresInMs),
    presignPut: async (key, { expiresInMs, size, sha256 }) => ({
      url: await presigner.put(key, expiresInMs, { size, sha256 }),
      headers: {},
    }),
  };
}

/** Without a thread pool in between, so that a simulation replays to the letter. */
const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
