import type { WorkOrder } from '#events/lease.ts';
import { DELIVERABLES, type RenderSettings } from '#shared/core/settings.ts';

/** How long things may take; per pool, because a machine under the desk is watched closer than a cloud's. */
export interface LeasePolicy {
  /** A lease that no beat extends ends after this. */
  readonly leaseMs: number;
  /** How often a worker says how far it is, at least: what people see live. Far less than `leaseMs`, so that lost beats cost no lease. */
  readonly beatMs: number;
  /** One attempt may write for this long. */
  readonly attemptMs: number;
  readonly urlMs: number;
  readonly limits: WorkOrder['limits'];
}

/** The settings that a worker applies; the rest is the planner's business. */
export function orderSettings(settings: RenderSettings): WorkOrder['settings'] {
  const { resolution, samples, format, camera, viewLayer, device, allowMissing } = settings;
  return JSON.parse(JSON.stringify({ resolution, samples, format, camera, viewLayer, device, allowMissing }));
}

/** What people asked for; everything when they did not say. */
export const wantedDeliverables = (settings: RenderSettings): readonly string[] =>
  settings.deliverables ?? DELIVERABLES;

export const wantsMovie = (settings: RenderSettings): boolean =>
  wantedDeliverables(settings).includes('movie');
