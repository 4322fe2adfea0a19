/** `npm run demo`: installs what is missing, then drops the example scene in the inbox of a Dropframe. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setUpPackages, setUpPrograms, toRender } from './setup.mjs';

const node = setUpPackages();
setUpPrograms(toRender);

const demo = spawn(node, [join(root, 'scripts', 'demo-run.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// A terminal sends Ctrl-C to both: the demo stops by itself, and this waits for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => demo.kill(signal));
demo.on('exit', (status) => {
  process.exitCode = status ?? 1;
});
