import { hostname } from 'node:os';
import type { Local, Place, Running, RunOptions } from '#cli/control.ts';
import { objectRoutes } from '#shared/adapters/local/object-routes.ts';
import { createPool } from '#shared/adapters/local/pool.ts';
import { lockRoot } from '#shared/adapters/local/root-lock.ts';
import { createSeenFiles } from '#shared/adapters/local/seen-files.ts';
import { createApp } from '#shared/http/app.ts';
import type { BatchPool, Ports } from '#shared/ports.ts';
import { receive } from '#shared/receive.ts';
import type { LeasePolicy } from '#shared/usecases/work-order.ts';
import { createControl } from './control.ts';
import { createDeliveries } from './deliveries.ts';
import { createHandlers } from './handlers.ts';
import { createFileLog } from './log.ts';
import { createLocalMachine } from './machine.ts';
import { createPump } from './pump.ts';
import { type Server, startServer } from './server.ts';
import { openState } from './state.ts';
import { type InboxWatch, watchInbox } from './watch-inbox.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const GIB = 1024 ** 3;

const POLICY: LeasePolicy = {
  leaseMs: MINUTE_MS,
  beatMs: 1000,
  attemptMs: 48 * HOUR_MS,
  urlMs: 6 * HOUR_MS,
  limits: { stallMs: 10 * MINUTE_MS, frameMs: 12 * HOUR_MS, memoryBytes: 64 * GIB, outputBytes: 64 * GIB },
};
const ASSEMBLY_LEASE_MS = 10 * MINUTE_MS;
const SWEEP_MS = 15_000;
const POLL_MS = 500;
const STABLE_MS = 600;
/** Without a server of its own, workers in this process still speak HTTP, to this name. */
const NO_SERVER = 'http://127.0.0.1';
/** The server has no login: only programs of this machine may call it, by its own names. */
const HOSTS = ['127.0.0.1', 'localhost', '[::1]'];

/** Dropframe on one machine: files, SQLite and this machine's Blender. */
export const local: Local = {
  async open(place) {
    const state = openState(place, { log: createFileLog(place.root), baseUrl: () => NO_SERVER });
    return createControl(state, distantPool(state));
  },
  run,
};

/** The pool of the process that works on the root: it sees what is written, and its workers ask before each step. */
function distantPool(state: Pick<Parameters<typeof createControl>[0], 'database' | 'queue'>): BatchPool {
  return createPool(state.database, {
    slots: [],
    run: async () => ({ outcome: 'interrupted', reason: 'nothing runs in this process' }),
    queue: state.queue,
    capabilities: async () => undefined,
  });
}

async function run(place: Place, options: RunOptions): Promise<Running> {
  const lock = lockRoot(place.root);
  const log = createFileLog(place.root);
  let url = NO_SERVER;
  const state = openState(place, { log, baseUrl: () => url, onSent: () => pump.nudge() });
  const inProcess = (async (input: string | URL | Request, init?: RequestInit) =>
    await app.fetch(new Request(input, init))) as typeof fetch;
  const machine = createLocalMachine({
    place,
    options,
    baseUrl: () => url,
    fetch: inProcess,
    clock: state.clock,
    log,
  });
  const pool = createPool(state.database, { ...machine, queue: state.queue });
  const app = createApp({ ...state, pool }, POLICY, { hosts: HOSTS });
  app.route('/v1/objects', objectRoutes(state.work, state.presigner));
  const ports: Ports = { ...state, pool, deliveries: createDeliveries(state) };
  const handlers = createHandlers(ports, { holder: hostname(), leaseMs: ASSEMBLY_LEASE_MS });
  const pump = createPump({
    ...state,
    inlet: state.queue,
    receive: receive(handlers, ports),
    pollMs: POLL_MS,
  });

  let server: Server | undefined;
  let watch: InboxWatch | undefined;
  try {
    if (options.port !== undefined) server = await startServer(app, options.port);
    url = server?.url ?? NO_SERVER;
    pump.start();
    pool.start();
    await state.queue.send({ type: 'sweep-renders' });
    if (options.watchInbox)
      watch = watchInbox({
        ...state,
        inbox: place.inbox,
        seen: createSeenFiles(state.database),
        stableMs: STABLE_MS,
      });
  } catch (error) {
    await server?.close();
    state.close();
    lock.release();
    throw error;
  }
  const sweeping = setInterval(() => void state.queue.send({ type: 'sweep-renders' }), SWEEP_MS);
  return {
    control: createControl(state, pool),
    url,
    workers: machine.slots.length,
    async stop(why) {
      clearInterval(sweeping);
      await watch?.close();
      await pool.stop(why);
      await pump.stop();
      await machine.close();
      await server?.close();
      state.close();
      lock.release();
    },
  };
}
