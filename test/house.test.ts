import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const HOUSE = [
  'events',
  'functions',
  'shared',
  'worker',
  'cli',
  'bench',
  'stacks',
  'scripts',
  'examples',
  'test',
];
const SOURCE = /\.(?:ts|mjs|py)$/;

const sources = HOUSE.filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && SOURCE.test(entry.name))
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(root.length + 1)
          .replaceAll('\\', '/'),
      ),
  )
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

const product = sources.filter(({ path }) => path.endsWith('.ts') && !path.startsWith('test/'));
const linesOf = (text: string): number => text.trimEnd().split('\n').length;

test('there is something to look at', () => {
  expect(product.length).toBeGreaterThan(20);
});

test('no file is longer than 300 lines', () => {
  const long = sources
    .filter(({ text }) => linesOf(text) > 300)
    .map(({ path, text }) => `${path}: ${linesOf(text)}`);
  expect(long).toEqual([]);
});

test('the median file has at most 120 lines', () => {
  const lengths = product.map(({ text }) => linesOf(text)).sort((a, b) => a - b);
  expect(lengths[lengths.length >> 1]).toBeLessThanOrEqual(120);
});

/** Spelled so that this file does not find itself. */
const FORBIDDEN: readonly (readonly [string, RegExp])[] = [
  ['a note to self', /\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/],
  ['a skipped or focused test', /\b(?:test|it|describe)\.(?:ski[p]|onl[y]|tod[o]|skipI[f]|runI[f])\b/],
  ['an escape from the types', /\bas an[y]\b|<an[y]>|@ts-(?:ignor[e]|nochec[k]|expect-erro[r])/],
  ['a silenced lint rule without a reason', /biome-ignor[e](?!-all)[^:\n]*(?::\s*)?$/m],
  ['a path of one machine', /\/wor[k]\//],
  ['a default export', /^export defaul[t]/m],
  ['a class other than Fault', /^(?:export )?(?:abstract )?clas[s] (?!Fault\b)/m],
];

test.each(FORBIDDEN)('no source holds %s', (_what, pattern) => {
  const found = sources
    .filter(({ path }) => !pattern.source.includes('clas[s]') || product.some((one) => one.path === path))
    .flatMap(({ path, text }) => {
      const at = text.search(pattern);
      return at < 0
        ? []
        : [`${path}:${text.slice(0, at).split('\n').length}: ${pattern.exec(text)?.[0].trim()}`];
    });
  expect(found).toEqual([]);
});

test('tests run on the Node that everything runs on', () => {
  expect(process.version).toMatch(/^v24\./);
});
