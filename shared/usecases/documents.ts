import { Fault } from '#shared/core/fault.ts';
import type { ObjectStore } from '#shared/ports.ts';

/** The whole text of an object; `undefined` when there is none, TOO_LARGE beyond `maxBytes`. */
export async function readText(
  store: ObjectStore,
  key: string,
  maxBytes = 256 * 1024 * 1024,
): Promise<string | undefined> {
  const found = await store.get(key);
  if (!found) return undefined;
  if (found.info.size > maxBytes) {
    await found.body.cancel();
    throw new Fault('TOO_LARGE', `${key} has ${found.info.size} bytes; at most ${maxBytes} are read`);
  }
  return await new Response(found.body).text();
}

/** Parses a JSON object with a schema; INVALID_MESSAGE when it is not what it should be. */
export async function readJson<T>(
  store: ObjectStore,
  key: string,
  schema: { parse(value: unknown): T },
): Promise<T | undefined> {
  const text = await readText(store, key);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Fault('INVALID_MESSAGE', `${key} is not what it should be: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Creates a JSON object once: what stands there already stays, and is what counts. */
export async function createJson(store: ObjectStore, key: string, value: unknown): Promise<void> {
  try {
    await store.put(key, new TextEncoder().encode(JSON.stringify(value)), {
      ifNoneMatch: '*',
      contentType: 'application/json',
    });
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'PRECONDITION_FAILED')) throw error;
  }
}
