import { report } from '#events/report.ts';
import { countFrames, frameAt } from '#shared/core/frame-range.ts';
import { keys } from '#shared/core/keys.ts';
import type { Plan } from '#shared/core/plan.ts';
import { sliceUnits } from '#shared/core/plan.ts';
import type { RenderState } from '#shared/core/render-state.ts';
import { foldSlice, sliceStream, verdict } from '#shared/core/slice-state.ts';
import { countUnits } from '#shared/core/unit-runs.ts';
import type { Ports } from '#shared/ports.ts';
import { readJson } from './documents.ts';

export interface ScoutTime {
  readonly frame: number;
  readonly seconds: number;
}

/** A scout that failed for good says nothing about time; with none left, a frame is taken to last this long. */
const UNKNOWN_SECONDS = 30;

/**
 * How long each scout took; `undefined` while one of them has neither succeeded nor failed for good.
 */
export async function measuredScouts(
  ports: Pick<Ports, 'renders' | 'work'>,
  { renderId, generation }: RenderState,
  plan: Plan,
): Promise<readonly ScoutTime[] | undefined> {
  const frameCount = countFrames(plan.frames);
  const times: ScoutTime[] = [];
  for (const [index, slice] of plan.slices.entries()) {
    const units = sliceUnits(slice, frameCount);
    const frame = frameAt(plan.frames, slice.position) as number;
    const state = foldSlice(await ports.renders.read(renderId, sliceStream(index)), generation);
    if (countUnits(await ports.renders.doneUnits(renderId, units)) < slice.count) {
      if (!verdict(state, frame, slice.part)) return undefined;
      continue;
    }
    for (let attempt = state.attempts; attempt > 0; attempt -= 1) {
      const told = await readJson(ports.work, keys.report(renderId, index, attempt), report);
      const rendered = told?.frames.find((candidate) => candidate.frame === frame);
      if (!rendered) continue;
      times.push({ frame, seconds: rendered.seconds });
      break;
    }
  }
  if (times.length > 0) return times;
  return [{ frame: frameAt(plan.frames, 0) as number, seconds: UNKNOWN_SECONDS }];
}
