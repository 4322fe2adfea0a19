import { globSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/**
 * What each ring of the house reaches when it is bundled, through however many files. The lint rules look at
 * one import at a time; this looks at where they lead. Types are gone by then: only what runs counts.
 */
const RINGS = [
  { ring: 'core', entries: 'shared/core/**/*.ts', modules: [/^shared\/core\//], packages: [] },
  {
    ring: 'events',
    entries: 'events/*.ts',
    modules: [/^events\//, /^shared\/core\//],
    packages: ['zod/mini'],
  },
  {
    ring: 'use-cases and the edge',
    entries: 'shared/{usecases/**/*,receive,settings-file}.ts',
    modules: [/^shared\/(?:core|usecases)\//, /^shared\/(?:ports|receive|settings-file)\.ts$/, /^events\//],
    packages: ['zod/mini', 'yaml'],
  },
  {
    ring: 'scene reader',
    entries: 'shared/blend-file.ts',
    modules: [/^shared\/core\//, /^shared\/(?:ports|blend-file)\.ts$/],
    packages: [/^node:/],
  },
  {
    ring: 'http',
    entries: 'shared/http/**/*.ts',
    modules: [/^shared\/(?:core|usecases|http)\//, /^shared\/(?:ports|settings-file)\.ts$/, /^events\//],
    packages: ['hono', /^hono\//, 'zod/mini', 'yaml'],
  },
  {
    ring: 'local adapters',
    entries: 'shared/adapters/local/**/*.ts',
    modules: [
      /^shared\/(?:core|adapters\/local)\//,
      /^shared\/(?:ports|config|blend-file)\.ts$/,
      /^events\//,
    ],
    packages: [/^(?!@aws-sdk|@azure)/],
  },
  {
    ring: 'worker',
    entries: 'worker/**/*.ts',
    modules: [/^worker\//, /^shared\/core\//, /^shared\/ports\.ts$/, /^events\//],
    packages: [/^node:(?!sqlite)/, 'sharp', 'mediabunny', 'hono', 'zod/mini'],
  },
] as const;

type Allowed = readonly (string | RegExp)[];
const allows = (allowed: Allowed, name: string): boolean =>
  allowed.some((rule) => (typeof rule === 'string' ? rule === name : rule.test(name)));

test.each(RINGS)('$ring reaches nothing but what it may', async ({ entries, modules, packages }) => {
  const entryPoints = globSync(entries, { cwd: root });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    bundle: true,
    write: false,
    metafile: true,
    outdir: 'unused',
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  const reached = Object.keys(metafile.inputs);
  expect(reached.length).toBeGreaterThan(0);
  expect(reached.length).toBeGreaterThanOrEqual(entryPoints.length);

  const strayModules = reached.filter((path) => !allows(modules, path));
  const strayPackages = Object.entries(metafile.inputs).flatMap(([path, { imports }]) =>
    imports
      .filter(({ path: name, external }) => external && !allows(packages, name))
      .map(({ path: name }) => `${path} -> ${name}`),
  );
  expect({ strayModules, strayPackages }).toEqual({ strayModules: [], strayPackages: [] });
});
