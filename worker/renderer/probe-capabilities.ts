import * as z from 'zod/mini';
import { Fault } from '#shared/core/fault.ts';
import { driverCommand } from './driver-command.ts';
import { startDriver } from './driver-process.ts';
import { describeExit } from './exit.ts';
import type { BlenderInstall } from './find-blender.ts';
import { keptAnswer, programStamp } from './kept-answer.ts';
import { type DriverMessageOf, driverMessage } from './protocol.ts';
import type { Capabilities } from './renderer.ts';
import { requireSandbox } from './sandbox.ts';

export interface ProbeOptions {
  /** Where the answer is kept: asking costs a start of Blender, about a second. */
  readonly cacheDirectory: string;
  readonly allowUnsandboxed?: boolean;
}

type Probed = DriverMessageOf<'capabilities'>;
const PROBE_MS = 120_000;

/** What this Blender can do, from Blender itself; kept on disk until the program changes. */
export async function probeCapabilities(
  install: BlenderInstall,
  { cacheDirectory, allowUnsandboxed = false }: ProbeOptions,
): Promise<Capabilities> {
  const sandbox = await requireSandbox(allowUnsandboxed);
  const stamp = `${programStamp(install.program)} ${sandbox}`;
  const text = await keptAnswer(cacheDirectory, stamp, {
    isGood: (kept) => parseProbed(kept) !== undefined,
    ask: async () => JSON.stringify(await probe(install, sandbox)),
  });
  const { version, engines, devices, denoisers, features } = parseProbed(text) as Probed;
  return { blender: version, runs: install.kind, engines, devices, denoisers, features, sandbox };
}

function parseProbed(text: string): Probed | undefined {
  try {
    const kept = z.parse(driverMessage, JSON.parse(text));
    return kept.is === 'capabilities' ? kept : undefined;
  } catch {
    return undefined; // absent, or written by another version
  }
}

function probe(install: BlenderInstall, sandbox: 'bubblewrap' | 'none'): Promise<Probed> {
  const driver = startDriver({
    command: (token) => driverCommand({ install, sandbox, threads: 1 }, token),
    onLine: () => {},
  });
  const timer = setTimeout(() => driver.kill(`it gave no answer for ${PROBE_MS / 1000} s`), PROBE_MS);
  return new Promise<Probed>((resolve, reject) => {
    driver.listen({
      onMessage(message) {
        if (message.is !== 'capabilities') return;
        driver.send({ do: 'quit' });
        resolve(message);
      },
      onExit: (exit) =>
        reject(
          new Fault(
            'UNAVAILABLE',
            `${install.program} could not be asked what it can do: ${describeExit(exit)}`,
          ),
        ),
    });
    driver.send({ do: 'capabilities' });
  }).finally(() => clearTimeout(timer));
}
