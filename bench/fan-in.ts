import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDatabase } from '#shared/adapters/local/database.ts';
import { createMemoryRenderStore } from '#shared/adapters/local/memory-render-store.ts';
import { createRenderStore } from '#shared/adapters/local/render-store.ts';
import type { RenderStore } from '#shared/ports.ts';

export interface FanInFigure {
  readonly frames: number;
  readonly framesPerSecond: number;
  readonly microsecondsPerFrame: number;
}

const FRAMES_PER_SLICE = 25;

/** Answers a whole render, slice by slice, as reports come in; the order is scattered as on a real pool. */
async function fanIn(store: RenderStore, renderId: string, frames: number): Promise<FanInFigure> {
  const slices = frames / FRAMES_PER_SLICE;
  const startedAt = performance.now();
  let tally = { done: 0 };
  for (let i = 0; i < slices; i += 1) {
    const slice = (i * 7919) % slices;
    tally = await store.answer(renderId, {
      planned: frames,
      generation: 1,
      done: [[slice * FRAMES_PER_SLICE, FRAMES_PER_SLICE]],
    });
  }
  const ms = performance.now() - startedAt;
  if (tally.done !== frames) throw new Error(`${tally.done} of ${frames} frames were counted`);
  return {
    frames,
    framesPerSecond: Math.round((frames / ms) * 1000),
    microsecondsPerFrame: Number(((ms * 1000) / frames).toFixed(2)),
  };
}

const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;

/** One figure a size; the small ones are repeated so that they last long enough to be measured. */
async function eachSize(store: RenderStore): Promise<FanInFigure[]> {
  await fanIn(store, 'warm-up', 10_000);
  const figures: FanInFigure[] = [];
  for (const frames of SIZES) {
    const repeats = Math.max(1, Math.floor(200_000 / frames));
    const runs: FanInFigure[] = [];
    for (let i = 0; i < repeats; i += 1) runs.push(await fanIn(store, `r-${frames}-${i}`, frames));
    const mean = runs.reduce((sum, run) => sum + run.microsecondsPerFrame, 0) / repeats;
    figures.push({
      frames,
      framesPerSecond: Math.round(1e6 / mean),
      microsecondsPerFrame: Number(mean.toFixed(2)),
    });
  }
  return figures;
}

export interface FanInResult {
  readonly figures: readonly FanInFigure[];
  /** Cost of a frame at a million frames, as a ratio to that at a thousand. */
  readonly growth: number;
}

const withGrowth = (figures: FanInFigure[]): FanInResult => ({
  figures,
  growth: Number((figures.at(-1)!.microsecondsPerFrame / figures[0]!.microsecondsPerFrame).toFixed(2)),
});

export async function benchFanIn(): Promise<{ memory: FanInResult; sqlite: FanInResult }> {
  const memory = withGrowth(await eachSize(createMemoryRenderStore()));
  const folder = mkdtempSync(path.join(tmpdir(), 'dropframe-bench-'));
  const database = openDatabase(path.join(folder, 'dropframe.sqlite'));
  try {
    return { memory, sqlite: withGrowth(await eachSize(createRenderStore(database))) };
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}
