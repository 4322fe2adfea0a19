import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settingsFromOptions } from '#cli/settings-options.ts';
import { schemaText } from '#cli/settings-schema.ts';
import { priceTable } from '#events/prices.ts';
import { Fault } from '#shared/core/fault.ts';
import { DEFAULT_PRICES } from '#shared/core/prices.ts';
import { checkSettings, type Problem, parseProjectText, parseSettingsText } from '#shared/settings-file.ts';

function problemsOf(run: () => unknown): readonly Problem[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'INVALID_INPUT') throw error;
    return error.details?.problems as readonly Problem[];
  }
  throw new Error('nothing was refused');
}

describe('settings as people write them', () => {
  test('every key, in YAML', () => {
    const text = `
frames: 1-10x2
slice: { target: 5m }
order: scout-first
tiles: { columns: 2, rows: 3, overlap: 32 }
sampleSubsets: 4
resolution: 50%
samples: 64
format: exr
camera: Kamera Ä
viewLayer: fg
device: optix
gpuMemory: 8GiB
priority: 75
deadline: 2027-03-01T18:00:00+01:00
budget: 10 USD
deliverables: [sequence, movie]
allowMissing: true
force: [tiles-compositor]
`;
    expect(parseSettingsText(text, 'render.yaml')).toEqual({
      frames: [{ start: 1, step: 2, count: 5 }],
      slice: { targetMs: 300_000 },
      order: 'scout-first',
      tiles: { columns: 2, rows: 3, overlap: 32 },
      sampleSubsets: 4,
      resolution: { percent: 50 },
      samples: 64,
      format: 'exr',
      camera: 'Kamera Ä',
      viewLayer: 'fg',
      device: 'optix',
      gpuMemoryMiB: 8192,
      priority: 75,
      deadline: Date.UTC(2027, 2, 1, 17),
      budget: { amount: 10, currency: 'USD' },
      deliverables: ['sequence', 'movie'],
      allowMissing: true,
      force: ['tiles-compositor'],
    });
  });

  test.each<readonly [string, unknown]>([
    ['frames: 7', { frames: [{ start: 7, step: 1, count: 1 }] }],
    ['slice: 10', { slice: { frames: 10 } }],
    ['slice: 90s', { slice: { targetMs: 90_000 } }],
    ['slice: "target: 5m"', { slice: { targetMs: 300_000 } }],
    ['tiles: 2x2', { tiles: { columns: 2, rows: 2, overlap: 0 } }],
    ['tiles: { columns: 2, rows: 2 }', { tiles: { columns: 2, rows: 2, overlap: 0 } }],
    ['{"samples": 8}', { samples: 8 }],
    ['', {}],
    ['# nothing yet\n', {}],
  ])('%j', (text, expected) => expect(parseSettingsText(text, 'f')).toEqual(expected));

  test('a project keeps its settings under render', () => {
    expect(parseProjectText('render: { samples: 8 }', 'dropframe.yaml')).toEqual({ samples: 8 });
    expect(parseProjectText('', 'dropframe.yaml')).toEqual({});
    const [problem] = problemsOf(() => parseProjectText('render: { sample: 8 }', 'film/dropframe.yaml'));
    expect(problem).toMatchObject({ file: 'film/dropframe.yaml', field: 'render.sample' });
    expect(problem?.fix).toBe('did you mean "samples"?');
  });
});

describe('what is wrong is told with file, field, value and fix, all at once', () => {
  test.each<readonly [string, string, string, string]>([
    ['resolutoin: 50%', 'resolutoin', 'unknown setting', 'did you mean "resolution"?'],
    ['view-layer: a', 'view-layer', 'unknown setting', 'did you mean "viewLayer"?'],
    ['xyzzy: 1', 'xyzzy', 'unknown setting', 'the settings are frames, slice,'],
    ['format: PNG', 'format', '"PNG" is not valid', 'did you mean "png"?'],
    ['device: quantum', 'device', '"quantum" is not valid', 'wanted: device to render with'],
    ['deliverables: [moovie]', 'deliverables.0', '"moovie" is not valid', 'did you mean "movie"?'],
    ['resolution: huge', 'resolution', '"huge" is not a resolution', 'write a percentage such as "50%"'],
    ['frames: 1-', 'frames', 'frame range "1-"', 'write the last frame too'],
    ['priority: 101', 'priority', '101 is not valid', 'wanted: from 0 to 100'],
    ['tiles: { colums: 2, rows: 2 }', 'tiles', '{"colums":2,"rows":2} is not valid', '"4x2+32"'],
    ['gpuMemory: 8', 'gpuMemory', '8 is not valid', 'such as "8GiB"'],
    ['[1, 2]', '', '[1,2] is not valid', 'write frames, slice,'],
    ['a: [', '', 'Flow sequence', 'write YAML 1.2 or JSON'],
    ['samples: 1\nsamples: 2', '', 'Map keys must be unique', 'write YAML 1.2 or JSON'],
    ['samples: !!js/function "x"', '', 'Unresolved tag', 'write YAML 1.2 or JSON'],
    ['__proto__: { samples: 1 }', '__proto__', 'unknown setting', 'the settings are'],
  ])('%j', (text, field, message, fix) => {
    const [problem, ...more] = problemsOf(() => parseSettingsText(text, 'render.yaml'));
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ file: 'render.yaml', field });
    expect(problem?.message).toContain(message);
    expect(problem?.fix).toContain(fix);
  });

  test('all problems, not the first', () => {
    const problems = problemsOf(() => parseSettingsText('samples: no\nslice: never\nfoo: 1\nformat: x', 'f'));
    expect(problems.map(({ field }) => field).sort()).toEqual(['foo', 'format', 'samples', 'slice']);
  });

  test('options of the command line are named as they are typed', () => {
    const [problem] = problemsOf(() => settingsFromOptions({ gpuMemory: 'lots' }));
    expect(problem?.field).toBe('--gpu-memory');
  });
});

describe('hostile documents', () => {
  test('a bomb of aliases is refused', () => {
    const layers = Array.from({ length: 9 }, (_, n) => `k${n + 1}: &k${n + 1} [${`*k${n},`.repeat(9)}]`);
    const problems = problemsOf(() => parseSettingsText(['k0: &k0 [1]', ...layers].join('\n'), 'f'));
    expect(problems[0]?.fix).toContain('without aliases');
  });
  test('a document of megabytes is refused unread', () => {
    expect(problemsOf(() => parseSettingsText('#'.repeat(1e6), 'f'))[0]?.fix).toContain('65536');
  });
  test('thousands of wrong keys give a short answer', () => {
    const text = Array.from({ length: 3000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(problemsOf(() => parseSettingsText(text, 'f'))).toHaveLength(50);
  });
  test('any text is settings or a Fault', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const candidate of [text, `frames: ${text}`, `slice: { target: ${text} }`]) {
          try {
            parseSettingsText(candidate, 'f');
          } catch (error) {
            expect(error).toBeInstanceOf(Fault);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
  test('any value is settings or a Fault', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          checkSettings({ frames: value, tiles: value, slice: value, force: value }, 'body');
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
    );
  });
});

test('the published schema is the one that is checked', () => {
  const path = join(import.meta.dirname, '..', 'docs', 'schema', 'render.schema.json');
  expect(readFileSync(path, 'utf8'), 'node scripts/schema.ts writes it anew').toBe(schemaText());
});

test('the default price table is one that people could have written', () => {
  expect(priceTable.parse(DEFAULT_PRICES)).toEqual(DEFAULT_PRICES);
});
