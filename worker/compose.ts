import type { Clock, Log } from '#shared/ports.ts';
import type { Fetch } from './lease/http.ts';
import { encodeSegment } from './media/encode-segment.ts';
import { openRenderer } from './renderer/blender-renderer.ts';
import type { BlenderInstall } from './renderer/find-blender.ts';
import { probeCapabilities } from './renderer/probe-capabilities.ts';
import type { Capabilities } from './renderer/renderer.ts';
import { createSceneCache } from './scenes/scene-cache.ts';
import { openScratch } from './scratch.ts';
import { verifyFrame } from './verify/verify-frame.ts';
import { createWorker, PATIENCE, type Worker } from './worker.ts';

export interface MachineOptions {
  readonly install: BlenderInstall;
  readonly baseUrl: string;
  /** The network's, or the control plane's own when that runs in this process. */
  readonly fetch: Fetch;
  /** Scenes and what Blender can do; may be shared by processes and outlive them. */
  readonly cacheDirectory: string;
  /** Frames on their way; on a fast disk, with room for the slices that run. */
  readonly scratchDirectory: string;
  /** What programs answered, kept between starts and for all roots of this user. */
  readonly answersDirectory: string;
  readonly cacheBytes?: number;
  /** Processor threads of each worker's Blender; all when absent. */
  readonly threads?: number;
  readonly allowUnsandboxed?: boolean;
  readonly graceMs?: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** This machine with its Blender; each worker is one slot on it. */
export interface Machine {
  readonly capabilities: Capabilities;
  addWorker(name: string): Worker;
}

const CACHE_BYTES = 20 * 1024 ** 3;
const STALL_MS = 30_000;

/** Puts the worker together from its real parts. Throws UNAVAILABLE where scenes cannot be rendered safely. */
export async function openMachine(options: MachineOptions): Promise<Machine> {
  const { install, baseUrl, fetch, cacheDirectory, scratchDirectory, clock, log } = options;
  const { allowUnsandboxed = false, threads, graceMs } = options;
  const capabilities = await probeCapabilities(install, {
    cacheDirectory: options.answersDirectory,
    allowUnsandboxed,
  });
  const cache = await createSceneCache({
    directory: cacheDirectory,
    maxBytes: options.cacheBytes ?? CACHE_BYTES,
    stallMs: STALL_MS,
    patience: PATIENCE,
    ...{ fetch, baseUrl, log },
  });
  const makeScratch = await openScratch(scratchDirectory);
  return {
    capabilities,
    addWorker: (name) =>
      createWorker({
        ...{ name, baseUrl, fetch, cache, makeScratch, capabilities, clock, log },
        ...{ verifyFrame, encodeSegment },
        openRenderer: (order) =>
          openRenderer({ ...order, install, allowUnsandboxed, ...(threads !== undefined && { threads }) }),
        ...(graceMs !== undefined && { graceMs }),
      }),
  };
}
