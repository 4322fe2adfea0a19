import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { resolveSettings } from '#shared/core/resolve-settings.ts';
import type { RenderSettings } from '#shared/core/settings.ts';
import { parseProjectText, parseSettingsText } from '#shared/settings-file.ts';

const SPELLINGS = ['yaml', 'yml', 'json'] as const;

async function layer(
  folder: string,
  name: string,
  parse: (text: string, file: string) => RenderSettings,
): Promise<readonly RenderSettings[]> {
  for (const extension of SPELLINGS) {
    const path = join(folder, `${name}.${extension}`);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch {
      continue;
    }
    return [parse(text, path)];
  }
  return [];
}

/**
 * The settings of a scene on this machine: `given` on the command line, then `render.yaml` beside the
 * scene, then `dropframe.yaml` of its folder and of every folder above, the nearest first.
 */
export async function sceneSettings(scene: string, given: RenderSettings): Promise<RenderSettings> {
  const layers = [given, ...(await layer(dirname(scene), 'render', parseSettingsText))];
  for (let folder = dirname(scene); ; folder = dirname(folder)) {
    layers.push(...(await layer(folder, 'dropframe', parseProjectText)));
    if (dirname(folder) === folder) return resolveSettings(layers);
  }
}
