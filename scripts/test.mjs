/**
 * `npm test`: installs what the tests need and runs all of them, with the coverage gate of shared/core.
 * `npm test -- test/core` runs a part of them, without the gate. The last line is `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, setUpBlenderModule, setUpPackages, setUpPrograms, toTest } from './setup.mjs';

/** Counts tests; a file that could not even be loaded counts as one failed test. */
function tally(resultsPath) {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(resultsPath, 'utf8'));
    const unloaded = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
    );
    return { passed: numPassedTests, failed: numFailedTests + unloaded.length };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const node = setUpPackages();
setUpPrograms(toTest);
setUpBlenderModule();

const chosen = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'dropframe-test-'));
const results = join(scratch, 'results.json');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
const extra = chosen.length > 0 ? chosen : ['--coverage'];
const { status } = spawnSync(node, [vitest, 'run', ...reporters, ...extra], { cwd: root, stdio: 'inherit' });

const { passed, failed } = tally(results);
rmSync(scratch, { recursive: true, force: true });
if (status !== 0 && failed === 0) {
  process.stdout.write(
    'Every test passed, but the run did not: see the coverage gate or the errors above.\n',
  );
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = status === 0 && failed === 0 ? 0 : 1;
