import { Fault } from '#shared/core/fault.ts';
import type { Log } from '#shared/ports.ts';
import { openMachine } from './compose.ts';
import { loadWorkerConfig, type WorkerConfig } from './config.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { answersDirectory } from './renderer/answers-directory.ts';
import { findBlender } from './renderer/find-blender.ts';

/** One line of JSON an event on standard error, as log services read it. */
const write = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...fields })}\n`);
};
const log: Log = { info: write('info'), warn: write('warn'), error: write('error') };

/** Leases one slice, renders it and ends; what the code means is in exit-code.ts. */
async function runOnce(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => stop.abort(new Error(signal)));
  const config = configOf();
  if (!config) return EXIT.usage;
  const { grant, index, run, name, cacheBytes, threads, graceMs, ...rest } = config;
  try {
    const machine = await openMachine({
      ...rest,
      install: await findBlender({ environment: process.env, directory: process.cwd() }),
      answersDirectory: answersDirectory(process.env),
      fetch,
      clock: { now: Date.now },
      log,
      ...(cacheBytes !== undefined && { cacheBytes }),
      ...(threads !== undefined && { threads }),
      ...(graceMs !== undefined && { graceMs }),
    });
    const worker = machine.addWorker(name);
    const result = await worker.run(grant, index, { run, signal: stop.signal });
    await worker.close();
    return exitCodeOf(result);
  } catch (error) {
    log.error(error instanceof Error ? error.message : String(error));
    return error instanceof Fault ? EXIT.unfit : EXIT.failed;
  }
}

function configOf(): WorkerConfig | undefined {
  try {
    return loadWorkerConfig(process.env);
  } catch (error) {
    log.error(error instanceof Error ? error.message : String(error));
    return undefined;
  } finally {
    // Nothing that this process starts shall find it.
    delete process.env.DROPFRAME_GRANT;
  }
}

process.exit(await runOnce());
