import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Hono } from 'hono';
import { openDatabase } from '#shared/adapters/local/database.ts';
import { createMemoryObjectStore } from '#shared/adapters/local/memory-object-store.ts';
import { createMemoryRenderStore } from '#shared/adapters/local/memory-render-store.ts';
import { objectRoutes } from '#shared/adapters/local/object-routes.ts';
import { createObjectStore } from '#shared/adapters/local/object-store.ts';
import { createPresigner } from '#shared/adapters/local/presigner.ts';
import { createRenderStore } from '#shared/adapters/local/render-store.ts';
import { createSigner } from '#shared/adapters/local/signer.ts';
import { Fault } from '#shared/core/fault.ts';
import type { ObjectStore } from '#shared/ports.ts';
import { objectStoreContract } from './object-store.ts';
import { renderStoreContract } from './render-store.ts';

const scratch = () => mkdtemp(path.join(tmpdir(), 'dropframe-contract-'));

renderStoreContract('SQLite in memory', async () => createRenderStore(openDatabase(':memory:')));
renderStoreContract('SQLite on disk', async () =>
  createRenderStore(openDatabase(path.join(await scratch(), 'dropframe.sqlite'))),
);
renderStoreContract('memory', async () => createMemoryRenderStore());

const clock = { now: () => 1_000_000 };
const presigner = createPresigner(createSigner('a secret', clock), clock, () => 'http://dropframe.test');

function served(store: ObjectStore) {
  const app = new Hono().route('/v1/objects', objectRoutes(store, presigner));
  app.onError((error, { json }) =>
    json({}, error instanceof Fault && error.code === 'PRECONDITION_FAILED' ? 412 : 400),
  );
  return { store, fetch: async (request: Request) => await app.fetch(request) };
}

objectStoreContract('files', async () => served(createObjectStore(await scratch(), { presigner })));
objectStoreContract('memory', async () => served(createMemoryObjectStore({ presigner })));
