import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { manifest as manifestSchema } from '#events/manifest.ts';
import { foldRender } from '#shared/core/render-state.ts';
import { readJson } from '#shared/usecases/documents.ts';
import { FRAME_COUNT, type Outcome, simulate } from './simulate.ts';

const SEEDS = Number(process.env.SEEDS ?? 500);
const FIRST = Number(process.env.SEED ?? 1);

beforeAll(() => {
  // The thread pool's timing is the one thing that a seed cannot decide.
  vi.spyOn(crypto.subtle, 'digest').mockImplementation(async (_, data) => {
    const digest = createHash('sha256')
      .update(data as Uint8Array)
      .digest();
    return digest.buffer.slice(digest.byteOffset, digest.byteOffset + digest.byteLength) as ArrayBuffer;
  });
});

/** What must be true of every life of a render, whatever happened in it. */
async function checkLaws({ world, poison, settled }: Outcome): Promise<void> {
  expect(settled, 'the render ends once the faults do').toBe(true);
  const heads = await Array.fromAsync(world.renders.list());
  expect(heads, 'one drop is one render').toHaveLength(1);
  const { renderId } = heads[0]!;
  const log = await world.renders.read(renderId);
  const render = log.filter(({ stream }) => stream === 'render');
  const state = foldRender(renderId, render)!;
  expect(world.refused, 'nothing is refused').toEqual([]);
  expect(state.phase, JSON.stringify(state.failure)).toMatch(/^(done|incomplete)$/);
  for (const type of ['requested', 'inputs-complete', 'assembled', 'published']) {
    expect(
      render.filter((event) => event.type === type),
      type,
    ).toHaveLength(1);
  }
  expect(world.published.size).toBe(1);
  const manifest = (await readJson(world.work, state.manifestKey!, manifestSchema))!;
  const parts = manifest.parts.length;
  const whole = new Set(manifest.frames.map(({ frame, part }) => `${frame}/${part}`));
  expect(whole.size, 'no unit twice').toBe(manifest.frames.length);
  const missing = new Set(manifest.missing.map(({ frame }) => frame));
  for (let frame = 1; frame <= FRAME_COUNT; frame += 1) {
    const has = Array.from({ length: parts }, (_, part) => whole.has(`${frame}/${part}`));
    expect(has.every(Boolean) !== missing.has(frame), `frame ${frame} is there or is named`).toBe(true);
    if (poison.has(frame)) expect(missing.has(frame), `poisoned frame ${frame}`).toBe(true);
  }
  for (const { key, size } of manifest.frames) {
    expect(await world.work.head(key), key).toMatchObject({ size });
  }
  const leases = log.filter((event) => event.type === 'leased');
  const numbered = new Set(leases.map((event) => `${event.stream} ${'attempt' in event && event.attempt}`));
  expect(numbered.size, 'no attempt number is given twice').toBe(leases.length);
  // One first attempt a slice; each further one has a loss, an interruption or a failure to show for it.
  const slices = state.plan!.slices;
  const excuses = log.filter(
    (event) =>
      event.type === 'lost' ||
      (event.type === 'reported' && (event.failures.length > 0 || event.ended !== 'finished')),
  ).length;
  const takenOver = leases.length - new Set(leases.map((event) => event.who + event.stream)).size;
  expect(leases.length).toBeLessThanOrEqual(slices + excuses + takenOver + 2 * slices);
}

describe('the whole control plane, simulated', () => {
  test(`${SEEDS} seeds from ${FIRST}: every render ends, once, with every frame there or named`, async () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      const outcome = await simulate(seed);
      await checkLaws(outcome).catch((cause) => {
        throw new Error(`seed ${seed} (replay: SEED=${seed} SEEDS=1): ${cause.message}`, { cause });
      });
    }
  }, 240_000);

  test('the same seed runs the same way twice', async () => {
    const [one, two] = [await simulate(7), await simulate(7)];
    expect(two.trace).toEqual(one.trace);
  });
});
