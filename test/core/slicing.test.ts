import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countFrames, framesOf } from '#shared/core/frame-range.ts';
import type { SceneFacts } from '#shared/core/scene-facts.ts';
import type { RenderSettings } from '#shared/core/settings.ts';
import { planRest } from '#shared/core/slicing.ts';
import { fileseq } from './frame-expressions.ts';
import { counts, expectPartition, fault, frames, plan, slicesOf } from './planned-scene.ts';

const drawnSettings = fc.record(
  {
    frames: fileseq.map(frames).filter((range) => countFrames(range) > 0),
    slice: fc.oneof(
      fc.record({ frames: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ targetMs: fc.integer({ min: 1, max: 600_000 }) }),
    ),
    order: fc.constantFrom('sequential' as const, 'scout-first' as const),
    tiles: fc.record({
      columns: fc.integer({ min: 1, max: 4 }),
      rows: fc.integer({ min: 1, max: 3 }),
      overlap: fc.integer({ min: 0, max: 40 }),
    }),
  },
  { requiredKeys: [] },
);
const slots = fc.integer({ min: 0, max: 12 });
const seconds = fc.double({ min: 0, max: 500, noNaN: true });

describe('every plan', () => {
  test('has each unit in exactly one slice, of the frames asked for', () => {
    fc.assert(
      fc.property(drawnSettings, slots, fc.array(seconds, { maxLength: 6 }), (settings, slotCount, times) => {
        const { plan: first } = plan(settings, {}, slotCount);
        const all = [...framesOf(first.frames)];
        const scouts = times.map((time, index) => ({
          frame: all[index % Math.min(3, all.length)]!,
          seconds: time,
        }));
        const targetMs = settings.slice && 'targetMs' in settings.slice ? settings.slice.targetMs : 1000;
        const whole = planRest({ plan: first, scouts, targetMs, slots: slotCount });
        expect(whole.complete).toBe(true);
        expect(whole.slices.slice(0, first.slices.length)).toEqual(first.slices);
        expectPartition(whole);
        const asked = settings.frames
          ? [...framesOf(settings.frames)]
          : Array.from({ length: 120 }, (_, i) => i + 1);
        expect(all.toSorted((a, b) => a - b)).toEqual(asked.toSorted((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });

  test('keeps the order of the frames within each slice', () => {
    expect(slicesOf(plan({ frames: frames('9-1x2,20,4'), slice: { frames: 3 } }).plan)).toEqual([
      '9 7 5',
      '3 1 20',
      '4',
    ]);
  });

  test('takes the frames of the scene where none are asked for', () => {
    const { plan: own } = plan({ slice: { frames: 2 } }, { frameStart: 3, frameEnd: 12, frameStep: 4 });
    expect(slicesOf(own)).toEqual(['3 7', '11']);
    expect(slicesOf(plan({}, { frameStart: 5, frameEnd: 5, frameStep: 0 }).plan)).toEqual(['5']);
  });

  test.each<[string, RenderSettings, Partial<SceneFacts>, string, string]>([
    ['no frames asked for', { frames: [] }, {}, 'INVALID_FRAME_RANGE', 'the frames asked for are none'],
    [
      'an empty scene',
      {},
      { frameStart: 10, frameEnd: 5 },
      'INVALID_FRAME_RANGE',
      "the scene's own frames, 10 to 5",
    ],
    [
      'frames above what Blender has',
      { frames: frames('1-1048575') },
      {},
      'INVALID_FRAME_RANGE',
      'frame 1048575',
    ],
    [
      'frames below what Blender has',
      { frames: frames('0--1048575') },
      {},
      'INVALID_FRAME_RANGE',
      'frame -1048575',
    ],
    [
      'a million slices',
      { frames: frames('0-1000000'), slice: { frames: 1 } },
      {},
      'TOO_LARGE',
      'more frames a slice',
    ],
    [
      'tiles and sample subsets',
      { tiles: { columns: 2, rows: 1, overlap: 0 }, sampleSubsets: 2 },
      {},
      'INVALID_INPUT',
      'not both',
    ],
  ])('refuses %s', (_, settings, facts, code, words) => {
    expect(fault(settings, facts)).toMatchObject({ code, message: expect.stringContaining(words) });
  });
});

describe('slices when nobody says how long', () => {
  test('become finer towards the end', () => {
    expect(counts(plan().plan)).toEqual([25, 24, 18, 14, 10, 8, 6, 4, 3, 2, 2, 2, 2]);
  });

  test.each([
    [1, 1, 1, 1],
    [8, 2, 6, 2],
    [16, 2, 6, 4],
    [48, 4, 15, 6],
    [1_000_000, 1000, 50_000, 25],
  ])('%i frames on %i slots: at most %i slices of at most %i', (count, slotCount, most, size) => {
    const { plan: made } = plan({ frames: frames(`1-${count}`) }, {}, slotCount);
    expect(made.slices.length).toBeLessThanOrEqual(most);
    expect(made.slices.length).toBeGreaterThanOrEqual(Math.min(count, 2 * slotCount));
    expect(Math.max(...counts(made))).toBe(size);
  });
});

describe('scout-first', () => {
  test('first, last and middle frame alone, then the rest, its middle first', () => {
    const { plan: made } = plan({ frames: frames('1-24'), slice: { frames: 3 }, order: 'scout-first' });
    expect(slicesOf(made)).toEqual([
      '1',
      '24',
      '12',
      '2 3 4',
      '22 23',
      '11',
      '5 6 7',
      '16 17 18',
      '8 9 10',
      '13 14 15',
      '19 20 21',
    ]);
    expect(made.complete).toBe(true);
    expectPartition(made);
  });

  test('has slices of equal length when nobody says how long', () => {
    const { plan: made } = plan({ order: 'scout-first' });
    expect(new Set(counts(made))).toEqual(new Set([1, 25, 8, 9]));
    expectPartition(made);
  });

  test.each([
    ['7', ['7']],
    ['1-2', ['1', '2']],
    ['1-3', ['1', '3', '2']],
    ['1-4', ['1', '4', '2', '3']],
    ['1-5', ['1', '5', '3', '2', '4']],
  ])('of %s', (text, expected) => {
    expect(slicesOf(plan({ frames: frames(text), order: 'scout-first' }).plan)).toEqual(expected);
  });
});

describe('slices of a target time', () => {
  const target = { slice: { targetMs: 10_000 } } as const;

  test('start with scouts, of every part', () => {
    const { plan: first } = plan({ ...target, tiles: { columns: 2, rows: 1, overlap: 0 } });
    expect(slicesOf(first)).toEqual(['1', '120', '60']);
    expect(first.slices).toHaveLength(6);
    expect(first.complete).toBe(false);
  });

  test('need no more than the scouts where there are three frames', () => {
    expect(plan({ ...target, frames: frames('1-3') }).plan).toMatchObject({ complete: true });
    expect(slicesOf(plan({ ...target, frames: frames('1-3') }).plan)).toEqual(['1', '3', '2']);
  });

  const rest = (
    scouts: readonly { frame: number; seconds: number }[],
    slotCount = 2,
    settings: RenderSettings = {},
  ) => planRest({ plan: plan({ ...target, ...settings }).plan, scouts, targetMs: 10_000, slots: slotCount });

  test('last about the target, and are finer in the end', () => {
    const made = rest([1, 60, 120].map((frame) => ({ frame, seconds: 1 })));
    const sizes = counts(made).slice(3);
    expect(sizes.slice(0, 6)).toEqual([10, 10, 10, 10, 10, 8]);
    expect(sizes.at(-1)).toBeLessThanOrEqual(2);
    expectPartition(made);
  });

  test('hold fewer frames where frames take longer', () => {
    const made = rest([
      { frame: 1, seconds: 0.5 },
      { frame: 60, seconds: 5 },
      { frame: 120, seconds: 0.5 },
    ]);
    const all = [...framesOf(made.frames)];
    const lasts = made.slices.slice(3).map(({ position, count }) =>
      all
        .slice(position, position + count)
        .map((frame) => (frame <= 60 ? 0.5 + (4.5 * (frame - 1)) / 59 : 5 - (4.5 * (frame - 60)) / 60))
        .reduce((sum, each) => sum + each, 0),
    );
    expect(Math.max(...lasts)).toBeLessThan(13);
    expect(Math.min(...lasts.slice(0, 20))).toBeGreaterThan(4);
    expect(lasts.at(-1)).toBeLessThan(4);
    const [first, ...others] = counts(made).slice(3);
    expect(first).toBeGreaterThan(2 * Math.min(...others.slice(0, 20)));
  });

  test('go by the scouts that came back', () => {
    expect(counts(rest([{ frame: 60, seconds: 20 }])).every((count) => count === 1)).toBe(true);
    expect(counts(rest([])).every((count) => count === 1)).toBe(true);
    const mean = rest([
      { frame: 1, seconds: 1 },
      { frame: 1, seconds: 3 },
    ]);
    expect(counts(mean)[3]).toBe(5);
    expect(counts(rest([{ frame: 1, seconds: 0 }], 0))[3]).toBe(58);
  });

  test('no slice spans the gap that a scout left', () => {
    for (const text of slicesOf(rest([{ frame: 1, seconds: 0.3 }]))) {
      const [first, ...others] = text.split(' ').map(Number);
      expect(others).toEqual(others.map((_, index) => first! + index + 1));
    }
  });

  test('a complete plan stays as it is', () => {
    const made = plan({ slice: { frames: 5 } }).plan;
    expect(planRest({ plan: made, scouts: [], targetMs: 1, slots: 1 })).toBe(made);
  });
});
