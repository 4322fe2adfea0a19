import { Hono } from 'hono';
import { Fault } from '#shared/core/fault.ts';
import type { ObjectStore } from '#shared/ports.ts';
import type { Presigner } from './presigner.ts';

/** Answers the URLs that the local object store presigns: GET reads, PUT creates once, nothing else. */
export function objectRoutes(store: ObjectStore, presigner: Presigner): Hono {
  const app = new Hono();
  app.get('/:token', async ({ req, body, json }) => {
    const { key } = await presigner.open(req.param('token'), 'GET');
    const found = await store.get(key);
    if (!found) return json({ error: { code: 'NOT_FOUND', message: `there is no object ${key}` } }, 404);
    return body(found.body, 200, {
      'content-length': String(found.info.size),
      'content-type': 'application/octet-stream',
    });
  });
  app.put('/:token', async ({ req, json }) => {
    const { key, size, sha256 } = await presigner.open(req.param('token'), 'PUT');
    if (size === undefined || sha256 === undefined) throw new Fault('FORBIDDEN', 'this URL writes nothing');
    const stream = req.raw.body ?? new Uint8Array();
    const { etag } = await store.put(key, stream, { ifNoneMatch: '*', size, sha256 });
    return json({ etag }, 201, { etag: `"${etag}"` });
  });
  return app;
}
