import { storedPlan } from '#events/plan.ts';
import { Fault } from '#shared/core/fault.ts';
import { keys } from '#shared/core/keys.ts';
import type { Plan } from '#shared/core/plan.ts';
import type { RenderState } from '#shared/core/render-state.ts';
import type { SceneFacts } from '#shared/core/scene-facts.ts';
import type { RenderSettings } from '#shared/core/settings.ts';
import type { Ports } from '#shared/ports.ts';
import { readJson } from './documents.ts';

export interface StoredPlan {
  readonly type: 'plan.v1';
  readonly sceneId: string;
  readonly plan: Plan;
  readonly facts: SceneFacts;
  readonly settings: RenderSettings;
}

/** Plans never change once written, and every lease needs one: the last few are kept. */
const recent = new WeakMap<object, Map<string, StoredPlan>>();
const KEPT = 8;

/** The plan of one round; it was written before `planned` was recorded, so it must be there. */
export async function readPlan(
  { work }: Pick<Ports, 'work'>,
  renderId: string,
  round: number,
): Promise<StoredPlan> {
  const kept = recent.get(work) ?? new Map<string, StoredPlan>();
  recent.set(work, kept);
  const key = keys.plan(renderId, round);
  const known = kept.get(key);
  if (known) return known;
  const read = (await readJson(work, key, storedPlan)) as StoredPlan | undefined;
  if (!read) throw new Fault('UNAVAILABLE', `the plan ${key} cannot be read yet`);
  kept.set(key, read);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value as string);
  return read;
}

/** The plan that a render is at. */
export const currentPlan = (ports: Pick<Ports, 'work'>, state: RenderState): Promise<StoredPlan> => {
  if (!state.plan) throw new Fault('UNAVAILABLE', `render ${state.renderId} has no plan yet`);
  return readPlan(ports, state.renderId, state.plan.round);
};
