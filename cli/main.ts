import { type Cli, EXIT } from './context.ts';
import { run } from './program.ts';

/** Somebody who reads our output went away (`dropframe frames 1-1000 | head`): no reason to complain. */
const quietly = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(cli.exitCode);
};

/** One Ctrl-C comes twice: from the terminal, and passed on by the launcher. */
const REPEAT_MS = 1000;

function stopAsked(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let askedAt = 0;
  const ask = (name: NodeJS.Signals): void => {
    if (askedAt === 0) {
      askedAt = Date.now();
      controller.abort(name);
    } else if (Date.now() - askedAt > REPEAT_MS) {
      // Whoever asks a second time does not want to wait any longer.
      process.exit(EXIT.failed);
    }
  };
  for (const name of signals) process.on(name, ask);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.off(name, ask);
    },
  };
}

const cli: Cli = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  now: Date.now,
  stopAsked,
  local: async () => (await import('./local/local.ts')).local,
  exitCode: EXIT.done,
};

process.stdout.on('error', quietly);
process.stderr.on('error', quietly);
await run(process.argv.slice(2), cli);
process.exitCode = cli.exitCode;
