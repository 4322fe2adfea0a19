import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { beatRequest, leaseRequest, uploadsRequest } from '#events/lease.ts';
import { Fault, type FaultCode } from '#shared/core/fault.ts';
import type { Ports } from '#shared/ports.ts';
import { beat, grantUploads } from '#shared/usecases/attempt.ts';
import { leaseSlice } from '#shared/usecases/lease-slice.ts';
import type { LeasePolicy } from '#shared/usecases/work-order.ts';
import { readBody } from './body.ts';
import { type RenderNeeds, renderRoutes } from './render-routes.ts';

type Needs = RenderNeeds & Pick<Ports, 'signer' | 'log'>;

/** Lists of files are long; what is longer is no request. Objects go to URLs of their own, of any size. */
const MOST_BYTES = 8 * 1024 * 1024;
const METHODS = ['GET', 'POST', 'PUT'];

export interface AppOptions {
  /** The names under which this app may be called; any when absent. */
  readonly hosts?: readonly string[];
}

const STATUS: Partial<Record<FaultCode, 400 | 403 | 404 | 409 | 412 | 413 | 503>> = {
  INVALID_INPUT: 400,
  INVALID_MESSAGE: 400,
  INVALID_FRAME_RANGE: 400,
  INVALID_SCENE: 400,
  UNSUPPORTED_SCENE: 400,
  MISSING_INPUTS: 409,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  BUSY: 409,
  REFUSED: 409,
  PRECONDITION_FAILED: 412,
  TOO_LARGE: 413,
};

/** The control plane over HTTP, for workers, people and programs: the same app on every cloud and on this machine. */
export function createApp(ports: Needs, policy: LeasePolicy, { hosts }: AppOptions = {}): Hono {
  const app = new Hono();
  app.use(async ({ req }, next) => {
    // A page of another site may point a name of its own at this machine; it cannot change the name.
    const { hostname } = new URL(req.url);
    if (hosts && !hosts.includes(hostname)) throw new Fault('FORBIDDEN', `there is no "${hostname}" here`);
    await next();
  });
  const limited = bodyLimit({ maxSize: MOST_BYTES, onError: tooBig });
  app.use(async (context, next) =>
    context.req.method === 'POST' ? await limited(context, next) : await next(),
  );
  const lease = leaseSlice(ports, policy);
  const extend = beat(ports, policy);
  const uploads = grantUploads(ports, policy);

  app.post('/v1/lease', async ({ req, json }) =>
    json(await lease(bearer(req.header('authorization')), await readBody(req, leaseRequest))),
  );
  app.post('/v1/lease/beat', async ({ req, json }) =>
    json(await extend(bearer(req.header('authorization')), await readBody(req, beatRequest))),
  );
  app.post('/v1/lease/uploads', async ({ req, json }) =>
    json(await uploads(bearer(req.header('authorization')), await readBody(req, uploadsRequest))),
  );
  app.route('/v1', renderRoutes(ports, policy));
  app.notFound(({ json, req }) => {
    const allowed = methodsAt(app, req.path);
    if (allowed.length === 0) {
      return json({ error: { code: 'NOT_FOUND', message: `there is nothing at ${req.path}` } }, 404);
    }
    const message = `${req.path} takes ${allowed.join(' and ')}, not ${req.method}`;
    return json({ error: { code: 'INVALID_INPUT', message } }, 405, { allow: allowed.join(', ') });
  });
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

function tooBig(): never {
  throw new Fault('TOO_LARGE', `a request has at most ${MOST_BYTES} bytes`);
}

/** The methods that something answers at a path; what is for all methods only passes requests on. */
const methodsAt = (app: Hono, path: string): readonly string[] =>
  METHODS.filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method),
  );

function bearer(header: string | undefined): string {
  const token = /^Bearer (\S+)$/.exec(header ?? '')?.[1];
  if (!token) throw new Fault('FORBIDDEN', 'the grant is missing: send it as "Authorization: Bearer …"');
  return token;
}
