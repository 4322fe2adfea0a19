import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, onTestFinished, vi } from 'vitest';
import { WHOLE } from '#shared/core/part.ts';
import { openRenderer, type RendererOptions } from '#worker/renderer/blender-renderer.ts';
import { type BlenderInstall, findBlender } from '#worker/renderer/find-blender.ts';
import type { FrameJob, FrameOutcome, OpenedScene, Renderer } from '#worker/renderer/renderer.ts';

const run = promisify(execFile);

export const LIMITS = { stallMs: 60_000, frameMs: 60_000, memoryBytes: 8e9, outputBytes: 1e9 };

export const machineBlender = (): Promise<BlenderInstall> =>
  findBlender({ environment: process.env, directory: process.cwd() });

/** A folder for the tests of one file. */
export function folder(name: string): string {
  const made = mkdtempSync(join(tmpdir(), `dropframe-${name}-`));
  afterAll(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Runs one of the scene-making scripts in the machine's Blender. */
export async function makeScenes(script: string, into: string): Promise<void> {
  const { program } = await machineBlender();
  const path = fileURLToPath(new URL(`scenes/${script}`, import.meta.url));
  const flags = ['-b', '--factory-startup', '--python-exit-code', '7', '-P', path, '--', into];
  await run(program, flags, { maxBuffer: 1e8 });
}

type Rest = Partial<RendererOptions>;

export interface Opened extends Renderer {
  readonly outputDirectory: string;
}

/** A renderer of a scene; closed when the test, or (`keep`) the file, has ended. */
export async function open(sceneDirectory: string, main: string, rest: Rest = {}): Promise<Opened> {
  const outputDirectory = mkdtempSync(join(tmpdir(), 'dropframe-out-'));
  onTestFinished(() => rmSync(outputDirectory, { recursive: true, force: true }));
  const renderer = await openRenderer({
    install: await machineBlender(),
    ...{ sceneDirectory, main, outputDirectory, settings: {}, limits: LIMITS },
    ...rest,
  });
  onTestFinished(() => renderer.close());
  return { ...renderer, outputDirectory };
}

/** The outcomes of a render, in the order told. */
export async function outcomes(
  renderer: Renderer,
  job: Partial<FrameJob>,
  events: Partial<Parameters<Renderer['render']>[1]> = {},
): Promise<FrameOutcome[]> {
  const told: FrameOutcome[] = [];
  const onFrame = (outcome: FrameOutcome) => {
    told.push(outcome);
    events.onFrame?.(outcome);
  };
  await renderer.render({ frames: [1], part: WHOLE, preview: false, ...job }, { ...events, onFrame });
  return told;
}

export type Rendered = Extract<FrameOutcome, { ok: true }>;

export function rendered(outcome: FrameOutcome | undefined): Rendered {
  if (!outcome?.ok) throw new Error(`Not rendered: ${JSON.stringify(outcome)}`);
  return outcome;
}

export const problemsOf = ({ problems }: OpenedScene): string[] =>
  problems.map(({ severity, code }) => `${severity} ${code}`).sort();

/** Resolves once there is no such process: who was killed takes a moment to be buried. */
export const gone = (pid: number): Promise<void> =>
  vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 20_000, interval: 20 });

/** The process of Blender that renders into this folder. */
export function blenderPid(outputDirectory: string): number {
  const found = findBlenderPid(outputDirectory);
  if (found === undefined) throw new Error(`No Blender renders into ${outputDirectory}.`);
  return found;
}

/** The same, found as an operator would find it; `undefined` when there is none at the moment. */
export function findBlenderPid(outputDirectory: string): number | undefined {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const sandboxes = processes.filter((pid) => commandOf(pid).includes(outputDirectory));
  const inside = sandboxes.flatMap((pid) => [pid, ...descendants(pid)]);
  const found = inside.find(
    (pid) => !commandOf(pid).includes('bwrap') && commandOf(pid).includes('driver.py'),
  );
  return found === undefined ? undefined : Number(found);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function descendants(pid: string): string[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return [];
  }
}
