#!/usr/bin/env node
// Dropframe needs Node 24 and brings it along: this file runs on whatever Node the machine has, and hands
// over to ours when that one is older. Plain JavaScript, since an old Node cannot read TypeScript.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 24;
/** What frames and messages leave behind dies young: room for it spares a third of the garbage collection. */
const YOUNG = ['--min-semi-space-size=16', '--max-semi-space-size=32'];
const home = fileURLToPath(new URL('..', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) {
  // Compiled code and stripped types are kept: half of the start-up time of a quick command.
  module.enableCompileCache(`${home}/node_modules/.cache/dropframe`);
  stopWithLauncher(Number(process.env.DROPFRAME_LAUNCHER));
  await import('./main.ts');
} else {
  handOver(`${home}/node_modules/node/bin/${process.platform === 'win32' ? 'node.exe' : 'node'}`);
}

/** @param {string} node */
function handOver(node) {
  if (!existsSync(node)) {
    console.error(
      `dropframe: needs Node ${NODE_MAJOR}, this is ${process.version}; run npm install in ${home}`,
    );
    process.exitCode = 2;
    return;
  }
  const child = spawn(node, [...YOUNG, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, DROPFRAME_LAUNCHER: String(process.pid) },
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    console.error(`dropframe: ${node}: ${error.message}`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
  });
}

/**
 * A launcher that was killed cannot pass its signal on; what it launched must not go on without it.
 * @param {number} launcher
 */
function stopWithLauncher(launcher) {
  if (!(launcher > 0) || process.platform === 'win32') return;
  delete process.env.DROPFRAME_LAUNCHER;
  setInterval(() => process.ppid !== launcher && process.kill(process.pid, 'SIGTERM'), 500).unref();
}
