import { Fault } from '#shared/core/fault.ts';
import { driverCommand } from './driver-command.ts';
import { type DriverProcess, startDriver } from './driver-process.ts';
import { crashed, describeExit } from './exit.ts';
import type { BlenderInstall } from './find-blender.ts';
import type { LogPassage } from './marked-log.ts';
import type { DriverMessageOf } from './protocol.ts';
import type { FrameSettings, OpenedScene, SceneProblem } from './renderer.ts';
import { type RenderLimits, startWatchdog } from './watchdog.ts';

export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface OpenOptions {
  readonly install: BlenderInstall;
  readonly sandbox: 'bubblewrap' | 'none';
  readonly threads: number;
  readonly sceneDirectory: string;
  /** Path of the scene file in that folder. */
  readonly main: string;
  /** The folder that Blender writes to. */
  readonly scratchDirectory: string;
  readonly settings: FrameSettings;
  readonly limits: RenderLimits;
  readonly signal?: AbortSignal | undefined;
  onLine(line: LogLine): void;
}

export interface OpenDriver {
  readonly driver: DriverProcess;
  readonly scene: OpenedScene;
  /** The scratch folder as the driver sees it. */
  readonly output: string;
}

const OPEN_MS = 120_000;

/** Starts a driver and opens the scene in it; a Fault when that cannot be. */
export async function openDriver(options: OpenOptions): Promise<OpenDriver> {
  options.signal?.throwIfAborted();
  const places = insideOf(options);
  const driver = startDriver({
    command: (token) => driverCommand({ ...options, ...places.binds }, token),
    onLine: (stream, text) => {
      dog?.stir();
      options.onLine({ stream, text });
    },
  });
  const dog = driver.pid === undefined ? undefined : watch(driver, driver.pid, options);
  const abort = (): void => driver.kill('was ended because the render was cancelled');
  options.signal?.addEventListener('abort', abort);
  try {
    const scene = await answerOf(driver, options, {
      do: 'open',
      scene: `${places.root}/${options.main}`,
      root: places.root,
      settings: options.settings,
      threads: options.threads,
      fileBytes: options.limits.outputBytes,
    });
    return { driver, scene, output: places.output };
  } finally {
    dog?.stop();
    options.signal?.removeEventListener('abort', abort);
  }
}

const watch = (driver: DriverProcess, pid: number, { limits, scratchDirectory }: OpenOptions) =>
  startWatchdog(patient(limits), { pid, outputDirectory: scratchDirectory }, (_, message) =>
    driver.kill(message),
  );

/** Opening is silent and happens once: limits meant for frames would cut a big scene short. */
const patient = (limits: RenderLimits): RenderLimits => ({
  ...limits,
  stallMs: Math.max(limits.stallMs, OPEN_MS),
  frameMs: Math.max(limits.frameMs, OPEN_MS),
});

function insideOf({ sandbox, sceneDirectory, scratchDirectory }: OpenOptions) {
  if (sandbox === 'none') return { root: sceneDirectory, output: scratchDirectory, binds: {} };
  return {
    root: '/scene',
    output: '/out',
    binds: {
      readOnly: [{ host: sceneDirectory, inside: '/scene' }],
      writable: [{ host: scratchDirectory, inside: '/out' }],
    },
  };
}

function answerOf(
  driver: DriverProcess,
  options: OpenOptions,
  command: Parameters<DriverProcess['send']>[0],
): Promise<OpenedScene> {
  return new Promise((resolve, reject) => {
    driver.listen({
      onMessage(message, passage) {
        if (message.is === 'opened') resolve(openedScene(message, passage, options.settings));
        if (message.is === 'unreadable') {
          driver.send({ do: 'quit' });
          reject(new Fault('INVALID_SCENE', `Blender cannot open ${options.main}: ${message.message}`));
        }
      },
      onExit(exit) {
        if (options.signal?.aborted)
          return reject(new Fault('CANCELLED', `Opening ${options.main} was cancelled.`));
        const version = options.install.version.join('.');
        reject(
          new Fault(
            crashed(exit) ? 'INVALID_SCENE' : 'RENDERER_FAILED',
            `While Blender ${version} opened ${options.main}: ${describeExit(exit)}`,
          ),
        );
      },
    });
    driver.send(command);
  });
}

/** Drivers are told with their owners by the driver; what Blender prints of them would only repeat it. */
const LOOKED_AT = ['driver-blocked', 'driver-invalid'];

function openedScene(
  { scene, problems }: DriverMessageOf<'opened'>,
  { signs }: LogPassage,
  settings: FrameSettings,
): OpenedScene {
  const { fps, ...facts } = scene;
  const known = new Set([...LOOKED_AT, ...problems.map(({ code }) => code)]);
  // What Blender only prints; where the driver looked itself, it knew more.
  const printed = signs
    .filter(({ code, effect }) => effect !== 'fail' && !known.has(code))
    .map(({ code, effect, message }): SceneProblem => {
      const refused = effect === 'refuse' || (effect === 'missing' && !settings.allowMissing);
      return { code, message, severity: refused ? 'refuse' : 'warn' };
    });
  return { ...facts, fps: fractionOf(fps), problems: [...problems, ...printed] };
}

/** Blender keeps 23.976 as 24 / 1.001, the divisor as a 32-bit float: good for six decimals. */
function fractionOf({ numerator, base }: { numerator: number; base: number }) {
  const millionths = Math.round(base * 1e6);
  const scaled = numerator * 1e6;
  const common = greatestCommonDivisor(scaled, millionths);
  return { numerator: scaled / common, denominator: millionths / common };
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
