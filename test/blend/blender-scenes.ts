import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What Blender says of a scene that it has just saved. */
export interface Report {
  readonly references: readonly (readonly [kind: string, path: string, packed: boolean])[];
  readonly fps: number;
  readonly border: readonly [number, number, number, number, boolean] | null;
  readonly samples: number | null;
  readonly adaptive: boolean | null;
  readonly denoise: boolean | null;
  readonly camera: string | null;
  readonly scenes: readonly string[];
  readonly cameras: readonly string[];
  readonly viewLayers: readonly string[];
  readonly simulations: readonly string[];
  readonly scripts: readonly string[];
  readonly [plain: string]: unknown;
}

export interface BlenderScenes {
  readonly reports: ReadonlyMap<string, Report>;
  path(name: string): string;
  remove(): Promise<void>;
}

/** All scenes, made by one run of Blender. */
export const makeBlenderScenes = async (): Promise<BlenderScenes> => {
  const folder = await mkdtemp(join(tmpdir(), 'dropframe-blend-'));
  const script = join(import.meta.dirname, 'make_scenes.py');
  const args = ['-b', '--factory-startup', '--python-exit-code', '1', '-P', script, '--', folder];
  await promisify(execFile)('blender', args, { maxBuffer: 2 ** 26, timeout: 100_000 });
  const reports: Record<string, Report> = JSON.parse(await readFile(join(folder, 'reports.json'), 'utf8'));
  return {
    reports: new Map(Object.entries(reports)),
    path: (name) => join(folder, `${name}.blend`),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
