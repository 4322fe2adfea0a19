import type { SceneFacts } from './scene-facts.ts';
import type { Resolution } from './settings.ts';

/**
 * The size that a scene renders to: an asked resolution counts as it is, a percentage of the scene's own
 * size is cut to whole pixels, as Blender does it (BKE_render_resolution: `x * size / 100` in integers).
 */
export function frameSize(
  facts: Pick<SceneFacts, 'width' | 'height' | 'percent'>,
  resolution: Resolution | undefined,
): { readonly width: number; readonly height: number } {
  if (resolution && 'width' in resolution) return { width: resolution.width, height: resolution.height };
  const percent = resolution?.percent ?? facts.percent;
  return {
    width: Math.floor((facts.width * percent) / 100),
    height: Math.floor((facts.height * percent) / 100),
  };
}
