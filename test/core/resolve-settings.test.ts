import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFrames } from '#shared/core/frame-range-text.ts';
import { canonicalSettings, resolveSettings } from '#shared/core/resolve-settings.ts';
import type { RenderSettings } from '#shared/core/settings.ts';

const frames = (text: string) => parseFrames(text, 'fileseq');

describe('resolveSettings', () => {
  test('the strongest layer that has a key wins, whole', () => {
    const layers: readonly RenderSettings[] = [
      { samples: 8 },
      { samples: 64, slice: { targetMs: 5 }, allowMissing: false },
      { samples: 128, slice: { frames: 10 }, allowMissing: true, camera: 'A' },
    ];
    expect(resolveSettings(layers)).toEqual({
      samples: 8,
      slice: { targetMs: 5 },
      allowMissing: false,
      camera: 'A',
    });
  });
  test('no layer, nothing said', () => expect(resolveSettings([])).toEqual({}));
  test('a key without a value says nothing', () => {
    const empty: Record<string, unknown> = { samples: undefined };
    expect(resolveSettings([empty, { samples: 3 }])).toEqual({ samples: 3 });
  });
});

describe('canonicalSettings', () => {
  test.each<readonly [string, RenderSettings, RenderSettings]>([
    ['order of keys', { samples: 1, camera: 'A' }, { camera: 'A', samples: 1 }],
    ['order of inner keys', { resolution: { width: 4, height: 5 } }, { resolution: { height: 5, width: 4 } }],
    ['defaults spelt out', { priority: 50, allowMissing: false, order: 'sequential', force: [] }, {}],
    ['how frames are written', { frames: frames('1-5,6-10') }, { frames: frames('1-10') }],
    [
      'order and repeats of lists',
      { deliverables: ['movie', 'sequence', 'movie'] },
      { deliverables: ['sequence', 'movie'] },
    ],
    ['order of forces', { force: ['b', 'a'] }, { force: ['a', 'b'] }],
  ])('means the same: %s', (_, a, b) => expect(canonicalSettings(a)).toBe(canonicalSettings(b)));

  test.each<readonly [string, RenderSettings, RenderSettings]>([
    ['frames', { frames: frames('1-10') }, { frames: frames('1-11') }],
    ['order of frames', { frames: frames('1,2') }, { frames: frames('2,1') }],
    ['no deliverable, or all', { deliverables: [] }, {}],
    ['allowing what is missing', { allowMissing: true }, {}],
    ['priority', { priority: 51 }, {}],
    ['camera', { camera: 'A' }, { camera: 'B' }],
    ['the same value under another key', { camera: 'A' }, { viewLayer: 'A' }],
  ])('means something else: %s', (_, a, b) => expect(canonicalSettings(a)).not.toBe(canonicalSettings(b)));

  test('is stable JSON, and undefined is absent', () => {
    const settings: Record<string, unknown> = {
      slice: { targetMs: undefined, frames: 3 },
      samples: undefined,
    };
    expect(canonicalSettings(settings)).toBe('{"slice":{"frames":3}}');
  });

  test('shuffled keys never change it', () => {
    const settings = fc.record(
      {
        samples: fc.nat(),
        camera: fc.string(),
        priority: fc.integer({ min: 0, max: 100 }),
        resolution: fc.constantFrom({ percent: 50 }, { width: 8, height: 9 }),
        slice: fc.constantFrom({ frames: 2 }, { targetMs: 7 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(settings, fc.infiniteStream(fc.nat()), (value, order) => {
        const keyed = Object.entries(value).map((entry) => [order.next().value as number, entry] as const);
        const shuffled = Object.fromEntries(keyed.sort((a, b) => a[0] - b[0]).map(([, entry]) => entry));
        expect(canonicalSettings(shuffled)).toBe(canonicalSettings(value));
      }),
    );
  });
});
