import { concatFrames, type FrameRange } from './frame-range.ts';
import type { RenderSettings } from './settings.ts';

/** What a render gets that nobody gave a priority. */
export const DEFAULT_PRIORITY = 50;

/**
 * The settings of a render from its layers, strongest first: command line or API, `render.yaml` beside the
 * scene, `dropframe.yaml` of the sequence, of the project. A key counts whole: the strongest layer that has
 * it wins. What no layer has stays absent, and the scene's own value counts.
 */
export function resolveSettings(layers: readonly RenderSettings[]): RenderSettings {
  const resolved: Record<string, unknown> = {};
  for (const layer of layers.toReversed()) {
    for (const [key, value] of Object.entries(layer)) {
      if (value !== undefined) resolved[key] = value;
    }
  }
  return resolved;
}

const isSaidByDefault = (key: string, value: unknown): boolean =>
  value === undefined ||
  (key === 'allowMissing' && value === false) ||
  (key === 'priority' && value === DEFAULT_PRIORITY) ||
  (key === 'order' && value === 'sequential') ||
  (key === 'force' && (value as readonly string[]).length === 0);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]),
  );
}

function normalize(key: string, value: unknown): unknown {
  // The order of frames is kept, it is the order of rendering; how they were written is not.
  if (key === 'frames') return concatFrames(value as FrameRange);
  // Lists whose order and repeats mean nothing.
  if (key === 'deliverables' || key === 'force') return [...new Set(value as readonly string[])].sort();
  return value;
}

/**
 * One text for equal settings, whatever order their keys were written in and whether a default was spelt
 * out; different settings give different texts. The id of a render is derived from it.
 */
export function canonicalSettings(settings: RenderSettings): string {
  const said = Object.entries(settings).filter(([key, value]) => !isSaidByDefault(key, value));
  const normal = said.map(([key, value]) => [key, normalize(key, value)]);
  return JSON.stringify(sorted(Object.fromEntries(normal)));
}
