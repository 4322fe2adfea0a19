import { folderBytes, residentBytes } from './usage.ts';

export interface RenderLimits {
  /** Blender is given up when it neither prints nor answers for so long. */
  readonly stallMs: number;
  /** A frame is given up after so long, whatever it prints. */
  readonly frameMs: number;
  /** Resident memory of Blender. */
  readonly memoryBytes: number;
  /** All that one renderer writes, and so any one file. */
  readonly outputBytes: number;
}

export type Trip = 'stalled' | 'frame-too-long' | 'memory' | 'output';

export interface Watchdog {
  /** Blender moved. */
  stir(): void;
  /** A new frame began, or the scene is being opened. */
  begin(): void;
  stop(): void;
}

/** How often memory and output are measured: a fast disk takes half a gigabyte in that time. */
const MEASURE_MS = 250;

/** Trips at most once, with what went wrong in words. */
export function startWatchdog(
  limits: RenderLimits,
  { pid, outputDirectory }: { readonly pid: number; readonly outputDirectory: string },
  onTrip: (trip: Trip, message: string) => void,
): Watchdog {
  let stopped = false;
  const trip = (kind: Trip, message: string): void => {
    if (stopped) return;
    stop();
    onTrip(kind, message);
  };
  const stall = setTimeout(
    () => trip('stalled', `made no progress for ${seconds(limits.stallMs)}`),
    limits.stallMs,
  );
  const frame = setTimeout(
    () => trip('frame-too-long', `took longer than ${seconds(limits.frameMs)} for one frame`),
    limits.frameMs,
  );
  let measured = true;
  const measure = async (): Promise<void> => {
    measured = false;
    const [memory, output] = await Promise.all([residentBytes(pid), folderBytes(outputDirectory)]);
    if (memory > limits.memoryBytes) trip('memory', over('used', memory, 'memory', limits.memoryBytes));
    if (output > limits.outputBytes) trip('output', over('wrote', output, 'output', limits.outputBytes));
    measured = true;
  };
  const poll = setInterval(() => {
    if (measured) void measure();
  }, MEASURE_MS);
  const stop = (): void => {
    stopped = true;
    clearTimeout(stall);
    clearTimeout(frame);
    clearInterval(poll);
  };

  return {
    stir: () => {
      if (!stopped) stall.refresh();
    },
    begin: () => {
      if (stopped) return;
      stall.refresh();
      frame.refresh();
    },
    stop,
  };
}

const seconds = (ms: number): string => `${ms / 1000} s`;
const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2)} MiB`;
const over = (verb: string, bytes: number, what: string, limit: number): string =>
  `${verb} ${mebibytes(bytes)} of ${what}, more than the limit of ${mebibytes(limit)}`;
