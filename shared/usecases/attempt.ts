import type * as z from 'zod/mini';
import type { beatAnswer, beatRequest, uploadsAnswer, uploadsRequest } from '#events/lease.ts';
import { keys } from '#shared/core/keys.ts';
import { foldSlice, sliceStream } from '#shared/core/slice-state.ts';
import type { Ports } from '#shared/ports.ts';
import { attemptOf } from './grants.ts';
import { readRender } from './journal.ts';
import type { LeasePolicy } from './work-order.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'signer'>;

export const REPORT_NAME = 'report.json';

/** A worker says that it lives and how far it is; it is told whether to go on. */
export const beat =
  (ports: Needs, { leaseMs }: LeasePolicy) =>
  async (token: string, told: z.infer<typeof beatRequest>): Promise<z.infer<typeof beatAnswer>> => {
    const { renderId, slice, attempt, worker } = await attemptOf(ports, token);
    const now = ports.clock.now();
    const state = await readRender(ports, renderId);
    if (state.phase !== 'rendering') {
      return { proceed: false, leaseExpiresAt: now, reason: `the render is ${state.phase}` };
    }
    const { attempts } = foldSlice(await ports.renders.read(renderId, sliceStream(slice)), state.generation);
    if (attempts > attempt) {
      return { proceed: false, leaseExpiresAt: now, reason: `attempt ${attempts} has taken over` };
    }
    const leaseExpiresAt = now + leaseMs;
    await ports.renders.pulse(renderId, { ...told, slice, attempt, worker, at: now, leaseExpiresAt });
    return { proceed: true, leaseExpiresAt };
  };

/** Where an attempt may put its files: under its own keys only, create-only, of exactly this size and hash. */
export const grantUploads =
  (ports: Needs, { urlMs }: LeasePolicy) =>
  async (
    token: string,
    { files }: z.infer<typeof uploadsRequest>,
  ): Promise<z.infer<typeof uploadsAnswer>> => {
    const { renderId, slice, attempt } = await attemptOf(ports, token);
    const granted = files.map(async ({ name, size, sha256 }) => {
      const key =
        name === REPORT_NAME
          ? keys.report(renderId, slice, attempt)
          : keys.attemptFile(renderId, slice, attempt, name);
      return { name, key, ...(await ports.work.presignPut(key, { expiresInMs: urlMs, size, sha256 })) };
    });
    return { files: await Promise.all(granted) };
  };
