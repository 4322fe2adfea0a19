import { Hono } from 'hono';
import * as z from 'zod/mini';
import { beatRequest, leaseRequest, uploadsRequest } from '#events/lease.ts';
import { Fault, type FaultCode } from '#shared/core/fault.ts';
import type { Ports } from '#shared/ports.ts';
import { beat, grantUploads } from '#shared/usecases/attempt.ts';
import { leaseSlice } from '#shared/usecases/lease-slice.ts';
import type { LeasePolicy } from '#shared/usecases/work-order.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'signer' | 'log'>;

const STATUS: Partial<Record<FaultCode, 400 | 403 | 404 | 409 | 412 | 413 | 503>> = {
  INVALID_INPUT: 400,
  INVALID_MESSAGE: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  BUSY: 409,
  REFUSED: 409,
  PRECONDITION_FAILED: 412,
  TOO_LARGE: 413,
};

/** The worker's side of the control plane; the same app on every cloud and on this machine. */
export function createApp(ports: Needs, policy: LeasePolicy): Hono {
  const app = new Hono();
  const lease = leaseSlice(ports, policy);
  const extend = beat(ports, policy);
  const uploads = grantUploads(ports, policy);

  app.post('/v1/lease', async ({ req, json }) =>
    json(await lease(bearer(req.header('authorization')), await body(req, leaseRequest))),
  );
  app.post('/v1/lease/beat', async ({ req, json }) =>
    json(await extend(bearer(req.header('authorization')), await body(req, beatRequest))),
  );
  app.post('/v1/lease/uploads', async ({ req, json }) =>
    json(await uploads(bearer(req.header('authorization')), await body(req, uploadsRequest))),
  );
  app.notFound(({ json, req }) =>
    json({ error: { code: 'NOT_FOUND', message: `there is nothing at ${req.path}` } }, 404),
  );
  app.onError((error, { json }) => {
    if (error instanceof Fault) {
      const { code, message, details } = error;
      return json({ error: { code, message, details } }, STATUS[code] ?? (error.retryable ? 503 : 400));
    }
    ports.log.error('a request failed', { message: error.message, stack: error.stack });
    return json({ error: { code: 'UNAVAILABLE', message: 'an error of ours; try again' } }, 503);
  });
  return app;
}

function bearer(header: string | undefined): string {
  const token = /^Bearer (\S+)$/.exec(header ?? '')?.[1];
  if (!token) throw new Fault('FORBIDDEN', 'the grant is missing: send it as "Authorization: Bearer …"');
  return token;
}

async function body<T>(req: { json(): Promise<unknown> }, schema: z.ZodMiniType<T>): Promise<T> {
  const value = await req.json().catch(() => {
    throw new Fault('INVALID_INPUT', 'the body is no JSON');
  });
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Fault('INVALID_INPUT', z.prettifyError(parsed.error));
  return parsed.data;
}
