import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Fault, type FaultCode } from '#shared/core/fault.ts';
import { createLeaseClient } from '#worker/lease/lease-client.ts';
import { persist } from '#worker/lease/persist.ts';
import { startPulse } from '#worker/lease/pulse.ts';
import { BASE_URL } from './control-double.ts';
import { PATIENCE, silent } from './rig.ts';

const clientOf = (answer: (request: Request) => Response | Promise<Response>, timeoutMs = 5000) =>
  createLeaseClient({ baseUrl: BASE_URL, fetch: answer, timeoutMs });

const BEAT = { framesDone: 1 };

describe('the lease client', () => {
  test('sends the grant and JSON, and follows no redirect with it', async () => {
    const requests: Request[] = [];
    const client = clientOf((request) => {
      requests.push(request);
      return Response.json({ proceed: true, leaseExpiresAt: 5 });
    });
    expect(await client.beat('the-grant', BEAT)).toEqual({ proceed: true, leaseExpiresAt: 5 });
    const [request] = requests;
    expect(request?.url).toBe(`${BASE_URL}/v1/lease/beat`);
    expect(request?.headers.get('authorization')).toBe('Bearer the-grant');
    expect(request?.redirect).toBe('error');
    expect(await request?.json()).toEqual(BEAT);
  });

  test.each<[number, FaultCode]>([
    [400, 'INVALID_INPUT'],
    [401, 'CANCELLED'],
    [403, 'CANCELLED'],
    [404, 'NOT_FOUND'],
    [408, 'UNAVAILABLE'],
    [409, 'CANCELLED'],
    [429, 'THROTTLED'],
    [500, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
  ])('reads %i on a beat as %s and keeps the words', async (status, code) => {
    const client = clientOf(() => new Response('because', { status }));
    const fault: Fault = await client.beat('grant', BEAT).catch((error) => error);
    expect(fault).toBeInstanceOf(Fault);
    expect(fault.code).toBe(code);
    expect(fault.message).toContain('because');
  });

  test.each(['', '{', '<html>', '{"proceed":"yes"}'])('takes the answer %j for an outage', async (text) => {
    const client = clientOf(() => new Response(text));
    await expect(client.beat('grant', BEAT)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('gives a call up that gets no answer, as an outage', async () => {
    const client = clientOf(hanging, 20);
    await expect(client.beat('grant', BEAT)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('gives up also when nobody holds on to the request', async () => {
    // A garbage collection must not take the deadline along.
    const deaf = () => new Promise<Response>(() => {});
    await expect(clientOf(deaf, 20).beat('grant', BEAT)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('passes an abort on as it is', async () => {
    const stop = new AbortController();
    const calling = clientOf(hanging).beat('grant', BEAT, stop.signal);
    stop.abort(new Error('enough'));
    await expect(calling).rejects.toThrow('enough');
  });
});

describe('persist', () => {
  const failing = (times: number, error: () => Error) => {
    let calls = 0;
    return { calls: () => calls, act: async () => (++calls > times ? 'done' : Promise.reject(error())) };
  };
  const outage = () => new Fault('UNAVAILABLE', 'away');

  test('tries again what may heal', async () => {
    const { act, calls } = failing(3, outage);
    expect(await persist(act, { patience: PATIENCE })).toBe('done');
    expect(calls()).toBe(4);
  });

  test.each([new Fault('FORBIDDEN', 'no'), new TypeError('a bug')])('passes %s on at once', async (error) => {
    const { act, calls } = failing(3, () => error);
    await expect(persist(act, { patience: PATIENCE })).rejects.toBe(error);
    expect(calls()).toBe(1);
  });

  test('ends when its patience ends', async () => {
    const { act } = failing(Number.POSITIVE_INFINITY, outage);
    await expect(persist(act, { patience: { firstMs: 1, mostMs: 2, giveUpMs: 10 } })).rejects.toThrow('away');
  });

  test('waits longer each time, up to the most, and as long as it is asked to', async () => {
    const delays: number[] = [];
    const faults = [
      outage(),
      outage(),
      outage(),
      new Fault('THROTTLED', '', { details: { retryAfterMs: 7 } }),
    ];
    const { act } = failing(4, () => faults[delays.length]!);
    const patience = { firstMs: 2, mostMs: 8, giveUpMs: 1000 };
    await persist(act, { patience, onRetry: (_fault, delayMs) => delays.push(delayMs) });
    for (const [index, most] of [2, 4, 8].entries()) {
      expect(delays[index]).toBeLessThanOrEqual(most);
      expect(delays[index]).toBeGreaterThanOrEqual(most / 2);
    }
    expect(delays[3]).toBeGreaterThanOrEqual(7);
  });

  test('ends with an abort while it waits', async () => {
    const stop = new AbortController();
    const { act } = failing(9, outage);
    const options = { patience: { firstMs: 600_000, mostMs: 600_000, giveUpMs: 1e9 }, signal: stop.signal };
    const persisting = persist(act, { ...options, onRetry: () => stop.abort() });
    await expect(persisting).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the pulse', () => {
  test('beats twice as often as is asked for', async () => {
    const startedAt = performance.now();
    const third = Promise.withResolvers<number>();
    let beats = 0;
    const pulse = startPulse({
      beatMs: 60,
      beat: async () => {
        if (++beats === 3) third.resolve(performance.now() - startedAt);
        return { proceed: true, leaseExpiresAt: 0 };
      },
      progress: () => BEAT,
      onLost: () => {},
      log: silent,
    });
    expect(await third.promise).toBeGreaterThanOrEqual(3 * 30 - 5);
    await pulse.stop();
    const before = beats;
    await sleep(0);
    expect(beats).toBe(before);
  });

  test('tells a lost lease once and ends', async () => {
    const lost: string[] = [];
    let beats = 0;
    const told = Promise.withResolvers<void>();
    const pulse = startPulse({
      beatMs: 2,
      beat: async () => {
        beats++;
        return { proceed: false, leaseExpiresAt: 0 };
      },
      progress: () => BEAT,
      onLost: (reason) => {
        lost.push(reason);
        told.resolve();
      },
      log: silent,
    });
    await told.promise;
    await pulse.stop();
    expect(beats).toBe(1);
    expect(lost).toEqual(['The control plane says stop.']);
  });
});

/** Answers only with the end of the request's patience, as the network does. */
const hanging = (request: Request): Promise<Response> =>
  new Promise((_, reject) =>
    request.signal.addEventListener('abort', () => reject(request.signal.reason), { once: true }),
  );
