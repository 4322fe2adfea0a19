import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** For a file of each ring: imports that the rules must refuse, and imports that they must not. */
const RINGS = {
  'shared/core/zz.ts': {
    refused: ['node:fs', 'zod/mini', '../ports.ts', '#shared/ports.ts', '../../events/x.ts', '../core/x.ts'],
    allowed: ['./x.ts', './blend/x.ts'],
  },
  'shared/core/blend/zz.ts': {
    refused: ['node:fs', '../../ports.ts', '#shared/ports.ts', '../../../events/x.ts'],
    allowed: ['./x.ts', '../x.ts', '../frames/x.ts'],
  },
  'events/zz.ts': {
    refused: ['zod', 'node:fs', 'hono', '#shared/ports.ts', '../shared/core/x.ts'],
    allowed: ['zod/mini', './x.ts', '#shared/core/x.ts'],
  },
  'shared/ports.ts': {
    refused: ['zod/mini', 'node:fs', './config.ts', './adapters/local/x.ts'],
    allowed: ['./core/x.ts', '#events/x.ts'],
  },
  'shared/usecases/zz.ts': {
    refused: ['node:fs', 'zod', 'yaml', 'hono', '#shared/adapters/local/x.ts', '../ports.ts', '#worker/x.ts'],
    allowed: [
      './x.ts',
      '#shared/core/blend/x.ts',
      '#shared/ports.ts',
      '#shared/settings-file.ts',
      '#events/x.ts',
    ],
  },
  'shared/receive.ts': {
    refused: ['node:fs', 'hono', './config.ts', '#shared/adapters/local/x.ts'],
    allowed: ['./ports.ts', './core/x.ts', '#events/x.ts', 'zod/mini'],
  },
  'shared/blend-file.ts': {
    refused: ['hono', '#shared/usecases/x.ts', './adapters/local/x.ts', '#worker/x.ts'],
    allowed: ['node:fs', 'node:fs/promises', './core/blend/x.ts', './ports.ts', '#shared/core/x.ts'],
  },
  'shared/http/zz.ts': {
    refused: ['node:fs', '@hono/node-server', '#shared/adapters/local/x.ts', '#cli/x.ts', '#worker/x.ts'],
    allowed: [
      'hono',
      'hono/body-limit',
      './x.ts',
      '#shared/usecases/x.ts',
      '#shared/ports.ts',
      '#events/x.ts',
    ],
  },
  'shared/adapters/local/zz.ts': {
    refused: [
      '../aws/x.ts',
      '#shared/adapters/azure/x.ts',
      '@aws-sdk/client-s3',
      '#shared/usecases/x.ts',
      '#cli/x.ts',
    ],
    allowed: ['node:sqlite', './x.ts', '#shared/ports.ts', '#shared/core/x.ts', '#shared/config.ts'],
  },
  'shared/adapters/aws/zz.ts': {
    refused: ['../local/x.ts', '../azure/x.ts', '@azure/functions', 'node:sqlite'],
    allowed: ['@aws-sdk/client-s3', '#shared/ports.ts'],
  },
  'shared/adapters/azure/zz.ts': {
    refused: ['../local/x.ts', '../aws/x.ts', '@aws-sdk/client-s3', 'node:sqlite'],
    allowed: ['@azure-rest/core-client', '#shared/ports.ts'],
  },
  'functions/aws/zz.ts': {
    refused: [
      '../azure/x.ts',
      '#shared/adapters/azure/x.ts',
      '#shared/adapters/local/x.ts',
      '@azure/functions',
    ],
    allowed: ['#shared/adapters/aws/x.ts', '#shared/usecases/x.ts', '@aws-sdk/client-batch', './ports.ts'],
  },
  'functions/azure/zz.ts': {
    refused: [
      '../aws/x.ts',
      '#shared/adapters/aws/x.ts',
      '#shared/adapters/local/x.ts',
      '@aws-sdk/client-sqs',
    ],
    allowed: ['#shared/adapters/azure/x.ts', '#shared/usecases/x.ts', '@azure/functions', './ports.ts'],
  },
  'worker/lease/zz.ts': {
    refused: [
      '#shared/usecases/x.ts',
      '#shared/adapters/local/x.ts',
      '#cli/x.ts',
      '../../cli/x.ts',
      'node:sqlite',
    ],
    allowed: ['#shared/core/x.ts', '#shared/ports.ts', '#events/x.ts', '#worker/x.ts', 'node:fs', 'sharp'],
  },
  'cli/zz.ts': {
    refused: ['#functions/aws/x.ts', '#shared/adapters/aws/x.ts', '@aws-sdk/client-s3', '../stacks/x.ts'],
    allowed: ['#shared/adapters/local/x.ts', '#worker/x.ts', '#shared/core/x.ts', 'commander'],
  },
  'stacks/aws/zz.ts': {
    refused: ['#shared/usecases/x.ts', '#shared/adapters/aws/x.ts', '#worker/x.ts'],
    allowed: ['aws-cdk-lib', '#shared/config.ts'],
  },
} as const;

interface Diagnostic {
  readonly location: { readonly path: string; readonly start: { readonly line: number } };
}

const scratch = mkdtempSync(join(tmpdir(), 'dropframe-rules-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const refused = new Map<string, string[]>();

beforeAll(() => {
  const config = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  writeFileSync(join(scratch, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }));
  const imports = Object.entries(RINGS).map(
    ([path, ring]) => [path, [...ring.refused, ...ring.allowed]] as const,
  );
  for (const [path, names] of imports) {
    mkdirSync(join(scratch, dirname(path)), { recursive: true });
    writeFileSync(
      join(scratch, path),
      names.map((name, i) => `import * as x${i} from '${name}';\n`).join(''),
    );
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const rule = ['--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none'];
  let answer: string;
  try {
    answer = execFileSync(process.execPath, [biome, 'lint', ...rule], {
      cwd: scratch,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } catch (error) {
    answer = (error as { stdout: string }).stdout; // it found something, as it should
  }
  for (const { location } of (JSON.parse(answer) as { diagnostics: Diagnostic[] }).diagnostics) {
    const names = imports.find(([path]) => path === location.path)?.[1] ?? [];
    refused.set(location.path, [
      ...(refused.get(location.path) ?? []),
      names[location.start.line - 1] ?? '?',
    ]);
  }
});

test.each(Object.entries(RINGS))('%s may import what it may, and nothing else', (path, ring) => {
  expect(refused.get(path)?.sort()).toEqual([...ring.refused].sort());
});
