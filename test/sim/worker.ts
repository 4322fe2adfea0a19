import { createHash } from 'node:crypto';
import type { LeaseRequest, WorkOrder } from '#events/lease.ts';
import type { Report } from '#events/report.ts';
import { keys } from '#shared/core/keys.ts';
import type { Ports } from '#shared/ports.ts';
import { beat, grantUploads, REPORT_NAME } from '#shared/usecases/attempt.ts';
import { leaseSlice } from '#shared/usecases/lease-slice.ts';
import type { LeasePolicy } from '#shared/usecases/work-order.ts';
import type { Random } from './random.ts';

export const POLICY: LeasePolicy = {
  leaseMs: 60_000,
  beatMs: 1500,
  attemptMs: 3_600_000,
  urlMs: 600_000,
  limits: { stallMs: 1000, frameMs: 10_000, memoryBytes: 1e9, outputBytes: 1e9 },
};

export const ABLE: LeaseRequest['capabilities'] = {
  blender: [3, 4, 1],
  runs: 'blender',
  engines: ['CYCLES'],
  devices: ['cpu'],
  denoisers: [],
  features: [],
  sandbox: 'bubblewrap',
};

/** How the machines behave. */
export interface Machines {
  /** A frame fails, and may work the next time. */
  flaky: number;
  /** The process is gone, mid-slice, without a word. */
  crashes: number;
  /** The machine is reclaimed: what there is gets reported. */
  reclaims: number;
  /** Frames that never work. */
  readonly poison: ReadonlySet<number>;
}

export type Ended = 'reported' | 'nothing' | 'crashed' | 'waiting';

/** A worker without a renderer: leases, writes what stands for frames, reports; or does not. */
export async function simulateWorker(
  ports: Ports,
  child: { readonly grant: string; readonly index: number; readonly run: number; readonly worker: string },
  machines: Machines,
  random: Random,
): Promise<Ended> {
  const { grant, index, run, worker } = child;
  const answer = await leaseSlice(ports, POLICY)(grant, { index, run, worker, capabilities: ABLE });
  if (answer.answer === 'wait') return 'waiting';
  if (answer.answer !== 'work') return 'nothing';
  const { order } = answer;
  const told = blankReport(order, worker, ports.clock.now());
  for (const frame of order.frames) {
    if (random.chance(machines.crashes)) return 'crashed';
    if (random.chance(machines.reclaims)) return await hand(ports, order, { ...told, ended: 'interrupted' });
    if (random.chance(0.2)) {
      const { proceed } = await beat(ports, POLICY)(order.grant, { framesDone: told.frames.length });
      if (!proceed) return await hand(ports, order, { ...told, ended: 'cancelled' });
    }
    if (machines.poison.has(frame) || random.chance(machines.flaky)) {
      const failure = {
        frame,
        part: order.partIndex,
        code: 'BROKEN_FRAME',
        message: 'torn',
        permanent: false,
      };
      told.failures.push(failure);
      continue;
    }
    told.frames.push(await writeFrame(ports, order, frame));
  }
  return await hand(ports, order, told);
}

function blankReport(order: WorkOrder, worker: string, now: number): Report {
  const { renderId, slice, attempt } = order;
  return {
    type: 'report.v1',
    renderId,
    slice,
    attempt,
    worker,
    ended: 'finished',
    startedAt: now,
    finishedAt: now,
    frames: [],
    failures: [],
    warnings: [],
  };
}

async function writeFrame(ports: Ports, order: WorkOrder, frame: number): Promise<Report['frames'][number]> {
  const bytes = new TextEncoder().encode(`frame ${frame} part ${order.partIndex}`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = { name: `f_${frame}_p${order.partIndex}.png`, size: bytes.length, sha256 };
  const { files } = await grantUploads(ports, POLICY)(order.grant, { files: [file] });
  const key = files[0]!.key;
  await ports.work.put(key, bytes, { ifNoneMatch: '*', size: file.size, sha256 });
  return {
    frame,
    part: order.partIndex,
    key,
    size: file.size,
    sha256,
    pixels: sha256,
    width: 64,
    height: 36,
    seconds: 1 + frame / 10,
    warnings: [],
  };
}

async function hand(ports: Ports, order: WorkOrder, report: Report): Promise<Ended> {
  const bytes = new TextEncoder().encode(JSON.stringify(report));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const asked = { files: [{ name: REPORT_NAME, size: bytes.length, sha256 }] };
  await grantUploads(ports, POLICY)(order.grant, asked);
  await ports.work.put(keys.report(order.renderId, order.slice, order.attempt), bytes, { ifNoneMatch: '*' });
  return 'reported';
}
