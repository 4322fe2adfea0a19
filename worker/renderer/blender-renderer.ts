import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Fault } from '#shared/core/fault.ts';
import { DEVICES, FORMATS } from '#shared/core/settings.ts';
import { describeExit } from './exit.ts';
import type { BlenderInstall } from './find-blender.ts';
import { type LogLine, type OpenDriver, openDriver } from './open-driver.ts';
import { driverPart } from './protocol.ts';
import { type PassEnd, type RunningPass, renderPass } from './render-pass.ts';
import type {
  FrameJob,
  FrameOutcome,
  FrameSettings,
  OpenedScene,
  Renderer,
  SceneProblem,
} from './renderer.ts';
import { requireSandbox } from './sandbox.ts';
import type { RenderLimits } from './watchdog.ts';

export interface RendererOptions {
  readonly install: BlenderInstall;
  /** Read-only to Blender. Symbolic links that leave it lead nowhere: use hard links or copies. */
  readonly sceneDirectory: string;
  /** Path of the scene file in that folder. */
  readonly main: string;
  /** Empty, and this renderer's alone. */
  readonly outputDirectory: string;
  readonly settings: FrameSettings;
  readonly limits: RenderLimits;
  /** Processor threads; all of this machine's when absent. */
  readonly threads?: number;
  /** Render even where nothing can confine the scene. */
  readonly allowUnsandboxed?: boolean;
  /** Everything that Blender prints, with the frame being rendered. */
  readonly log?: (line: LogLine & { readonly frame?: number }) => void;
  /** Gives up opening the scene. */
  readonly signal?: AbortSignal;
}

const UNSANDBOXED: SceneProblem = {
  code: 'unsandboxed',
  severity: 'warn',
  message: 'Nothing confines Blender on this machine: code in the scene could read and change its files.',
};

type RenderEvents = Parameters<Renderer['render']>[1];

/** A frame that brings Blender down twice is given up: the others may be good. */
const TRIES = 2;
/** An idle driver leaves in milliseconds. */
const CLOSE_MS = 5_000;

/**
 * A warm Blender with the scene open, in a sandbox. Throws INVALID_SCENE when Blender cannot open it or
 * crashes on it, RENDERER_FAILED when Blender was killed or hung meanwhile, UNAVAILABLE without a sandbox.
 */
export async function openRenderer(options: RendererOptions): Promise<Renderer> {
  checkSettings(options.settings);
  const warm = await openWarm(options);
  const { scene } = warm;
  let renders = 0;
  return {
    scene,
    async render(job, events) {
      refuseWrongPictures(scene);
      renders += 1;
      await renderFrames(warm, job, events, { options, name: `r${renders}` });
    },
    close: warm.close,
  };
}

interface Warm {
  readonly scene: OpenedScene;
  /** The driver, started again if it has ended. */
  driver(signal: AbortSignal | undefined): Promise<OpenDriver>;
  /** Who hears what Blender prints; nobody between renders. */
  follow(pass: RunningPass | undefined): void;
  readonly scratchDirectory: string;
  close(): Promise<void>;
}

async function openWarm(options: RendererOptions): Promise<Warm> {
  const sandbox = await requireSandbox(options.allowUnsandboxed ?? false);
  const scratchDirectory = join(options.outputDirectory, 'scratch');
  await mkdir(scratchDirectory, { recursive: true });
  let pass: RunningPass | undefined;
  let current: OpenDriver | undefined;
  const { install, sceneDirectory, main, settings, limits, threads = availableParallelism() } = options;
  const open = async (signal: AbortSignal | undefined): Promise<OpenDriver> => {
    const opened = await openDriver({
      ...{ install, sandbox, threads, sceneDirectory, main, scratchDirectory, settings, limits, signal },
      onLine(line) {
        pass?.onLine(line);
        options.log?.({ ...line, ...(pass && { frame: pass.frame() }) });
      },
    });
    current = opened;
    void opened.driver.exited.then(() => {
      if (current === opened) current = undefined;
    });
    return opened;
  };
  const { scene } = await open(options.signal);
  return {
    scene: sandbox === 'none' ? { ...scene, problems: [UNSANDBOXED, ...scene.problems] } : scene,
    scratchDirectory,
    driver: async (signal) => current ?? (await open(signal)),
    follow(next) {
      pass = next;
    },
    async close() {
      if (!current) return;
      const { driver } = current;
      const timer = setTimeout(() => driver.kill('did not leave when it was told to'), CLOSE_MS);
      driver.send({ do: 'quit' });
      await driver.exited;
      clearTimeout(timer);
    },
  };
}

/** Passes until every frame has its outcome; what brings Blender down costs a new process, not the rest. */
async function renderFrames(
  warm: Warm,
  job: FrameJob,
  { onFrame, onProgress, signal }: RenderEvents,
  { options, name }: { readonly options: RendererOptions; readonly name: string },
): Promise<void> {
  const waiting = new Set(job.frames);
  const tries = new Map<number, number>();
  const tell = (outcome: FrameOutcome): void => {
    waiting.delete(outcome.frame);
    onFrame(outcome);
  };
  // Blender sees the scratch folder only: what has been accepted is out of its reach.
  const accepted = join(options.outputDirectory, name);
  await mkdir(accepted, { recursive: true });
  for (let count = 1; waiting.size > 0 && !signal?.aborted; count += 1) {
    const folder = `${name}-${count}`;
    const scratch = join(warm.scratchDirectory, folder);
    await mkdir(scratch);
    const opened = await warm.driver(signal).catch((error: unknown) => error);
    if (!isOpen(opened)) return failAll(waiting, opened, { tell, signal });
    const pass = renderPass(opened, {
      frames: [...waiting],
      part: driverPart(job.part, warm.scene),
      preview: job.preview && job.part.kind === 'whole',
      delivery: {
        ...{ told: `${opened.output}/${folder}`, scratch, accepted },
        allowMissing: options.settings.allowMissing ?? false,
      },
      limits: options.limits,
      outputDirectory: options.outputDirectory,
      signal,
      onOutcome: tell,
      onProgress: (progress) => onProgress?.(progress),
    });
    warm.follow(pass);
    const end = await pass.end;
    warm.follow(undefined);
    await rm(scratch, { recursive: true, force: true });
    if (!signal?.aborted) settle(end, waiting, tries, tell);
  }
}

/** What the end of a pass means for the frames that have no outcome yet. */
function settle(
  end: PassEnd,
  waiting: ReadonlySet<number>,
  tries: Map<number, number>,
  tell: (outcome: FrameOutcome) => void,
): void {
  if (end.kind === 'answered') {
    const message = 'The driver ended the render without a word on this frame.';
    for (const frame of [...waiting])
      tell({ frame, ok: false, code: 'RENDERER_FAILED', message, permanent: false });
    return;
  }
  const { frame, exit, trip } = end;
  const message = `Frame ${frame}: ${describeExit(exit)}`;
  if (trip === 'output') {
    for (const left of [...waiting])
      tell({ frame: left, ok: false, code: 'TOO_LARGE', message, permanent: true });
    return;
  }
  const tried = (tries.get(frame) ?? 0) + 1;
  tries.set(frame, tried);
  // A hung or greedy frame would only hang again, as long as before.
  if (waiting.has(frame) && (trip !== undefined || tried >= TRIES)) {
    tell({ frame, ok: false, code: 'RENDERER_FAILED', message, permanent: false });
  }
}

function failAll(
  waiting: ReadonlySet<number>,
  error: unknown,
  { tell, signal }: { tell(outcome: FrameOutcome): void; signal: AbortSignal | undefined },
): void {
  if (signal?.aborted) return;
  const message = `Blender could not be started again: ${error instanceof Error ? error.message : String(error)}`;
  for (const frame of [...waiting])
    tell({ frame, ok: false, code: 'RENDERER_FAILED', message, permanent: false });
}

const isOpen = (value: unknown): value is OpenDriver =>
  typeof value === 'object' && value !== null && 'driver' in value;

function refuseWrongPictures({ problems }: OpenedScene): void {
  const refusals = problems.filter(({ severity }) => severity === 'refuse');
  if (refusals.length === 0) return;
  throw new Fault('REFUSED', refusals.map(({ message }) => message).join(' '), { details: { problems } });
}

/** Settings come over the wire: what the driver does not know is named before Blender starts. */
function checkSettings({ format, device }: FrameSettings): void {
  const checks = [
    ['format', format, FORMATS],
    ['device', device, DEVICES],
  ] as const;
  for (const [field, value, known] of checks) {
    if (value !== undefined && !known.some((name) => name === value)) {
      throw new Fault('INVALID_INPUT', `\`${field}\` ${value} is unknown. Known are ${known.join(', ')}.`);
    }
  }
}
