import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SceneFacts } from '#shared/core/scene-facts.ts';
import type { RenderSettings } from '#shared/core/settings.ts';
import { partSize, tileRects } from '#shared/core/tile-rect.ts';
import { counts, FACTS, fault, frames, plan, slicesOf } from './planned-scene.ts';

describe('tiles', () => {
  const tiles = { columns: 2, rows: 2, overlap: 0 };

  test('are parts, and every frame is whole before the next', () => {
    const { plan: made, warnings } = plan({
      tiles: { columns: 2, rows: 1, overlap: 8 },
      frames: frames('1-2'),
      slice: { frames: 1 },
    });
    expect(warnings).toEqual([]);
    expect(made.parts).toEqual([
      { kind: 'tile', column: 0, row: 0, columns: 2, rows: 1, overlap: 8 },
      { kind: 'tile', column: 1, row: 0, columns: 2, rows: 1, overlap: 8 },
    ]);
    expect(made.slices).toEqual([
      { position: 0, count: 1, part: 0 },
      { position: 0, count: 1, part: 1 },
      { position: 1, count: 1, part: 0 },
      { position: 1, count: 1, part: 1 },
    ]);
  });

  test('one tile is the whole frame, of any scene', () => {
    const { plan: made } = plan(
      { tiles: { columns: 1, rows: 1, overlap: 0 } },
      { engine: 'BLENDER_EEVEE', format: 'JPEG' },
    );
    expect(made.parts).toEqual([{ kind: 'whole' }]);
  });

  const on = { samples: 64, adaptiveSampling: true, denoise: false };
  test.each<[string, Partial<SceneFacts>, readonly string[]]>([
    ['Eevee', { engine: 'BLENDER_EEVEE', cycles: on }, ['tiles-engine']],
    ['adaptive sampling', { cycles: on }, ['tiles-adaptive']],
    ['the denoiser', { cycles: { ...on, adaptiveSampling: false, denoise: true } }, ['tiles-denoise']],
    ['the compositor', { usesCompositor: true }, ['tiles-compositor']],
    ['the sequencer', { usesSequencer: true }, ['tiles-sequencer']],
    [
      'the defaults of Blender 3',
      { cycles: { samples: undefined, adaptiveSampling: undefined, denoise: undefined } },
      ['tiles-adaptive', 'tiles-denoise'],
    ],
  ])('are refused under %s, and can be forced', (_, facts, names) => {
    const refused = fault({ tiles }, facts);
    expect(refused.code).toBe('REFUSED');
    expect(refused.details).toMatchObject({ refusals: names });
    for (const name of names) expect(refused.message).toContain(`${name}: `);
    expect(refused.message).toContain(`set force: [${names.join(', ')}]`);
    const { plan: made, warnings } = plan({ tiles, force: names }, facts);
    expect(made.parts).toHaveLength(4);
    expect(warnings.map(({ code }) => code)).toEqual(names);
    expect(fault({ tiles, force: ['tiles'] }, facts).code).toBe('REFUSED');
  });

  test('an overlap makes up for adaptive sampling', () => {
    expect(plan({ tiles: { ...tiles, overlap: 32 } }, { cycles: on }).warnings).toEqual([]);
  });

  test('the defaults before Blender 3.0 allow them', () => {
    const cycles = { samples: undefined, adaptiveSampling: undefined, denoise: undefined };
    expect(plan({ tiles }, { savedBy: { major: 2, minor: 93 }, cycles }).plan.parts).toHaveLength(4);
  });

  test.each<[RenderSettings, Partial<SceneFacts>, string]>([
    [{ tiles, format: 'jpeg' }, {}, 'stitched'],
    [{ tiles }, { format: 'JPEG' }, 'stitched'],
    [{ tiles, resolution: { width: 16, height: 1 } }, {}, 'use fewer tiles'],
    [{ tiles: { columns: 10, rows: 1, overlap: 0 }, resolution: { percent: 1 } }, {}, 'use fewer tiles'],
    [{ tiles: { columns: 100, rows: 1, overlap: 0 } }, { width: 199, percent: 50 }, 'use fewer tiles'],
  ])('are impossible with %j of %j', (settings, facts, words) => {
    expect(fault(settings, facts)).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(words),
    });
  });

  test('are possible in a format of which nothing is known', () => {
    expect(plan({ tiles }, { format: 'FFMPEG' }).plan.parts).toHaveLength(4);
  });

  test('cover every pixel of the frame once, in sizes that differ by one at most', () => {
    const side = fc.integer({ min: 1, max: 90 });
    const cuts = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(side, side, cuts, cuts, fc.nat(20), (width, height, columns, rows, overlap) => {
        fc.pre(columns <= width && rows <= height);
        const { plan: made } = plan({
          tiles: { columns, rows, overlap },
          resolution: { width, height },
          frames: frames('1'),
        });
        const seen = new Uint8Array(width * height);
        const widths: number[] = [];
        for (const part of made.parts) {
          if (part.kind !== 'tile') return;
          const { kept, rendered } = tileRects(part, { width, height });
          widths.push(kept.width);
          for (let y = kept.y; y < kept.y + kept.height; y += 1) {
            for (let x = kept.x; x < kept.x + kept.width; x += 1) seen[y * width + x]! += 1;
          }
          expect(rendered.x).toBe(Math.max(0, kept.x - overlap));
          expect(rendered.y).toBe(Math.max(0, kept.y - overlap));
          expect(rendered.x + rendered.width).toBe(Math.min(width, kept.x + kept.width + overlap));
          expect(rendered.y + rendered.height).toBe(Math.min(height, kept.y + kept.height + overlap));
        }
        expect(seen.every((times) => times === 1)).toBe(true);
        expect(Math.max(...widths) - Math.min(...widths)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

test('a tile is an image of its own size, every other part one of the whole frame', () => {
  const frame = { width: 641, height: 359 };
  const tile = { kind: 'tile', column: 1, row: 0, columns: 2, rows: 2, overlap: 16 } as const;
  expect(partSize(tile, frame)).toMatchObject({ width: 337, height: 195 });
  expect(partSize({ kind: 'whole' }, frame)).toBe(frame);
});

describe('sample subsets', () => {
  test('share out the samples', () => {
    const { plan: made } = plan({ sampleSubsets: 3, samples: 10 });
    expect(made.parts).toEqual([
      { kind: 'samples', offset: 0, count: 3, total: 10 },
      { kind: 'samples', offset: 3, count: 3, total: 10 },
      { kind: 'samples', offset: 6, count: 4, total: 10 },
    ]);
  });

  test.each([
    [3, 4096],
    [2, 128],
  ])("take Blender %i's default of %i samples where the file says none", (major, total) => {
    const cycles = { ...FACTS.cycles, samples: undefined };
    const [first] = plan({ sampleSubsets: 2 }, { savedBy: { major, minor: 0 }, cycles }).plan.parts;
    expect(first).toEqual({ kind: 'samples', offset: 0, count: total / 2, total });
  });

  test('one subset is the whole frame', () => {
    expect(plan({ sampleSubsets: 1 }, { format: 'PNG' }).plan.parts).toEqual([{ kind: 'whole' }]);
  });

  test.each<[string, Partial<SceneFacts>, readonly string[]]>([
    ['Workbench', { engine: 'BLENDER_WORKBENCH' }, ['samples-engine']],
    ['the compositor', { usesCompositor: true }, ['samples-compositor']],
    ['the sequencer', { usesSequencer: true }, ['samples-sequencer']],
    [
      'the defaults of Blender 3',
      { cycles: { samples: 64, adaptiveSampling: undefined, denoise: undefined } },
      ['samples-adaptive', 'samples-denoise'],
    ],
  ])('are refused under %s, and can be forced', (_, facts, names) => {
    expect(fault({ sampleSubsets: 2 }, facts)).toMatchObject({
      code: 'REFUSED',
      details: { refusals: names },
    });
    expect(plan({ sampleSubsets: 2, force: names }, facts).warnings.map(({ code }) => code)).toEqual(names);
  });

  test.each<[RenderSettings, Partial<SceneFacts>, string]>([
    [{ sampleSubsets: 2 }, { format: 'PNG' }, 'need the format exr'],
    [{ sampleSubsets: 65 }, {}, 'use at most 64'],
  ])('are impossible with %j of %j', (settings, facts, words) => {
    expect(fault(settings, facts)).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(words),
    });
  });
});

describe('what is simulated without a bake', () => {
  const facts = { simulations: ['Cloth (Cape)'] };

  test('is rendered in one slice, in order', () => {
    const { plan: made, warnings } = plan({}, facts);
    expect(counts(made)).toEqual([120]);
    expect(warnings).toEqual([{ code: 'simulation', message: expect.stringContaining('Cloth (Cape)') }]);
    expect(warnings[0]!.message).toContain('one slice');
    const { plan: turned } = plan({ frames: frames('10-1'), order: 'scout-first' }, facts);
    expect(slicesOf(turned)).toEqual(['1 2 3 4 5 6 7 8 9 10']);
  });

  test.each(['50-60', '1-20x2', '1-5,7'])('warns that %s may look otherwise', (text) => {
    const { warnings } = plan({ frames: frames(text) }, facts);
    expect(warnings.map(({ code }) => code)).toEqual(['simulation', 'simulation-partial']);
  });

  test("takes the scene's own step as the scene means it", () => {
    expect(plan({}, { ...facts, frameStep: 3 }).warnings.map(({ code }) => code)).toEqual(['simulation']);
  });

  test.each<[string, RenderSettings]>([
    ['a slice size', { slice: { frames: 10 } }],
    ['a target', { slice: { targetMs: 1000 } }],
    ['tiles', { tiles: { columns: 2, rows: 1, overlap: 0 } }],
  ])('refuses %s that was asked for, and can be forced', (_, settings) => {
    expect(fault(settings, facts)).toMatchObject({ code: 'REFUSED', details: { refusals: ['simulation'] } });
    const { plan: made, warnings } = plan({ ...settings, force: ['simulation'] }, facts);
    expect(warnings.map(({ code }) => code)).toEqual(['simulation']);
    expect(made.slices.length).toBeGreaterThan(1);
  });

  test('a slice size that holds all frames, or a single frame, is no cut', () => {
    expect(counts(plan({ slice: { frames: 120 } }, facts).plan)).toEqual([120]);
    const { plan: made, warnings } = plan(
      { frames: frames('5'), tiles: { columns: 2, rows: 1, overlap: 0 } },
      facts,
    );
    expect([made.slices.length, warnings]).toEqual([2, []]);
  });
});
