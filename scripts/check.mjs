/** `npm run check`: format, lint, import rules, types and unused code; says everything that is wrong at the end. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setUpPackages } from './setup.mjs';

const node = setUpPackages();
const packages = join(root, 'node_modules');

const steps = [
  {
    name: 'format, lint, import rules',
    args: [join(packages, '@biomejs/biome/bin/biome'), 'ci', '--colors=off'],
  },
  { name: 'types', args: [join(packages, 'typescript/bin/tsc'), '--noEmit', '-p', '.'] },
  { name: 'unused code and packages', args: [join(packages, 'knip/bin/knip.js'), '--no-progress'] },
];

function run({ name, args }) {
  const startedAt = Date.now();
  const child = spawn(node, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  child.stdout.on('data', (chunk) => said.push(chunk));
  child.stderr.on('data', (chunk) => said.push(chunk));
  return new Promise((resolve) => {
    child.on('close', (status) => {
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
      resolve({ name, ok: status === 0, said: Buffer.concat(said).toString('utf8') });
    });
  });
}

const failed = (await Promise.all(steps.map(run))).filter(({ ok }) => !ok);
for (const { name, said } of failed) process.stdout.write(`\n${name}:\n${said.trimEnd()}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
