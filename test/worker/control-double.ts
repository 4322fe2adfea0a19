import { createHash } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { z } from 'zod/mini';
import {
  type beatAnswer,
  beatRequest,
  type LeaseAnswer,
  type LeaseRequest,
  leaseRequest,
  type uploadsAnswer,
  uploadsRequest,
  type WorkOrder,
} from '#events/lease.ts';
import { type Report, report as reportSchema } from '#events/report.ts';
import type { Beat } from '#worker/lease/lease-client.ts';

export const BASE_URL = 'http://control.test';
export const sha256 = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** What may happen to a request: it never arrives, its reply is lost, or it is answered like this. */
export type Disturbance = 'drop' | 'lose-reply' | Response;

/**
 * A control plane in memory, strict where the real one is: schemas, grants, create-only objects of the
 * announced size and hash.
 */
export function createControlDouble() {
  const objects = new Map<string, Buffer>();
  const assets = new Map<string, Buffer>();
  const orders = new Map<string, WorkOrder>();
  const requests: string[] = [];
  const leases: LeaseRequest[] = [];
  const beats: Beat[] = [];
  const answers: LeaseAnswer[] = [];
  const watchers = new Set<() => void>();
  const control = {
    objects,
    assets,
    requests,
    leases,
    beats,
    /** Taken one a lease call, whatever its index; then `nothing`. */
    answers,
    onBeat: (): z.infer<typeof beatAnswer> | Response => ({
      proceed: true,
      leaseExpiresAt: Date.now() + 60_000,
    }),
    disturb: (_method: string, _path: string): Disturbance | undefined => undefined,
    addAsset: (path: string, bytes: string | Buffer) => {
      const content = Buffer.from(bytes);
      assets.set(sha256(content), content);
      return {
        path,
        size: content.length,
        sha256: sha256(content),
        url: `/assets/${sha256(content)}?sig=secret`,
      };
    },
    addOrder: (order: WorkOrder) => {
      orders.set(order.grant, order);
      answers.push({ answer: 'work', order });
      return order;
    },
    report: (order: WorkOrder): Report | undefined => {
      const bytes = objects.get(`${prefixOf(order)}report.json`);
      return bytes && reportSchema.parse(JSON.parse(bytes.toString()));
    },
    names: (order: WorkOrder): string[] =>
      [...objects.keys()]
        .filter((key) => key.startsWith(prefixOf(order)))
        .map((key) => key.slice(prefixOf(order).length)),
    /** Resolves once the condition holds; looked at after every request. */
    until: (condition: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = () => {
          if (!condition()) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    fetch: async (request: Request): Promise<Response> => {
      const { pathname } = new URL(request.url);
      requests.push(`${request.method} ${pathname}`);
      const disturbance = control.disturb(request.method, pathname);
      try {
        if (disturbance === 'drop') throw new TypeError('fetch failed');
        if (disturbance instanceof Response) return disturbance;
        const response = await app.fetch(request);
        if (disturbance === 'lose-reply') throw new TypeError('socket hang up');
        return response;
      } finally {
        for (const look of watchers) look();
      }
    },
  };

  const app = new Hono();
  const orderOf = (c: Context) => orders.get(c.req.header('authorization')?.replace('Bearer ', '') ?? '');

  app.post('/v1/lease', async (c) => {
    if (c.req.header('authorization') !== 'Bearer submission-grant') return c.text('no such grant', 403);
    leases.push(leaseRequest.parse(await c.req.json()));
    return c.json(answers.shift() ?? ({ answer: 'nothing', reason: 'all done' } satisfies LeaseAnswer));
  });
  app.post('/v1/lease/beat', async (c) => {
    if (!orderOf(c)) return c.text('no such grant', 403);
    beats.push(beatRequest.parse(await c.req.json()));
    const answer = control.onBeat();
    return answer instanceof Response ? answer : c.json(answer);
  });
  app.post('/v1/lease/uploads', async (c) => {
    const order = orderOf(c);
    if (!order) return c.text('no such grant', 403);
    const { files } = uploadsRequest.parse(await c.req.json());
    const answer: z.infer<typeof uploadsAnswer> = {
      files: files.map(({ name, size, sha256: hash }) => ({
        name,
        key: `${prefixOf(order)}${name}`,
        url: `/objects/${prefixOf(order)}${name}?size=${size}&sha256=${hash}`,
        headers: { 'if-none-match': '*' },
      })),
    };
    return c.json(answer);
  });
  app.put('/objects/*', async (c) => {
    if (c.req.header('authorization')) return c.text('a grant has no business here', 400);
    const key = c.req.path.slice('/objects/'.length);
    const bytes = Buffer.from(await c.req.arrayBuffer());
    if (c.req.header('if-none-match') !== '*') return c.text('not create-only', 403);
    if (objects.has(key)) return c.text('exists', 412);
    if (bytes.length !== Number(c.req.query('size')) || sha256(bytes) !== c.req.query('sha256'))
      return c.text('not the announced bytes', 400);
    objects.set(key, bytes);
    return c.body(null, 201);
  });
  app.get('/assets/:sha256', (c) => {
    const bytes = assets.get(c.req.param('sha256'));
    if (!bytes) return c.text('no such asset', 404);
    const from = /^bytes=(\d+)-$/.exec(c.req.header('range') ?? '')?.[1];
    return from === undefined
      ? c.body(new Uint8Array(bytes))
      : c.body(new Uint8Array(bytes.subarray(Number(from))), 206);
  });
  return control;
}

export type ControlDouble = ReturnType<typeof createControlDouble>;

const prefixOf = ({ renderId, slice, attempt }: WorkOrder): string =>
  `renders/${renderId}/attempts/${slice}/${attempt}/`;
