import { describe, expect, test } from 'vitest';
import { endLines, plainLines, progressLines } from '#cli/progress.ts';
import { busyMs, type RenderView, viewRender } from '#cli/render-view.ts';
import { complete, leased, logOf, planned, record, reported, requested, START } from './example-render.ts';

const now = START + 24_000;
const view = viewRender(record, now) as RenderView;

describe('viewRender', () => {
  test('counts what is reported, and what running attempts have finished', () => {
    expect(view).toMatchObject({
      phase: 'rendering',
      final: false,
      planned: 12,
      done: 4,
      rendered: 6,
      failed: 0,
      slices: 3,
      version: 3,
      unit: 'frame',
    });
  });
  test('only workers with an open attempt count as working', () => {
    expect(view.workers.map(({ worker }) => worker)).toEqual(['local-2']);
  });
  test('speed is over the time in which something rendered', () => {
    expect(view.machineSeconds).toBe(20);
    expect(view.framesPerSecond).toBeCloseTo(6 / 20, 10);
    expect(view.remainingMs).toBeCloseTo(20_000, 5);
  });
  test('a frame that came good is no failure any more', () => expect(view.failures).toEqual([]));
  test('no log, no render', () => {
    expect(viewRender({ renderId: 'x', events: [], doneUnits: [], pulses: [] }, now)).toBeUndefined();
  });
});

test('busy time is the union of the attempts, gaps left out', () => {
  const events = logOf([
    [0, 'slice/000000', leased(1, 'a')],
    [1, 'slice/000001', leased(1, 'b')],
    [10, 'slice/000000', reported(1, 'a')],
    [12, 'slice/000001', { type: 'lost', attempt: 1, submission: 'sub-1', generation: 1, why: 'gone' }],
    [100, 'slice/000001', leased(2, 'b')],
  ]);
  expect(busyMs(events, START + 101_000)).toBe(13_000);
  expect(busyMs([], START)).toBe(0);
});

describe('progressLines', () => {
  test('what is done of what, how fast, and what each worker does', () => {
    expect(progressLines(view, 200)).toEqual([
      'film/sq01/sh010 v003  rendering',
      '██████████████░░░░░░░░░░░░░░  6/12 frames  50 %  3.3 s/frame  20 s left',
      '  local-2  slice 1  frame 7  45 %  Sample 8/16  2 done',
    ]);
  });
  test('no line is wider than the terminal', () => {
    for (const line of progressLines(view, 20)) expect(line.length).toBeLessThanOrEqual(20);
  });
  test('names what it waits for, and does not flood', () => {
    const missing = Array.from({ length: 12 }, (_, index) => `t${index}.png`);
    const events = logOf([
      [0, 'render', requested],
      [1, 'render', { type: 'waiting-inputs', missing }],
    ]);
    const waiting = viewRender({ renderId: 'r', events, doneUnits: [], pulses: [] }, now) as RenderView;
    const lines = progressLines(waiting, 80);
    expect(lines[0]).toBe('film/sq01/sh010  waiting-inputs');
    expect(lines).toContain('  missing: t0.png');
    expect(lines.at(-1)).toBe('  and 2 more');
  });
  test('a hostile message cannot steer the terminal', () => {
    const failures = [{ frame: 1, code: 'X', message: '\u001b[2J\nboom' }];
    expect(progressLines({ ...view, failures }, 80).join('')).not.toContain('\u001b');
  });
});

describe('plainLines', () => {
  test('the first look tells where it is', () => {
    expect(plainLines(undefined, view)).toEqual([
      'film/sq01/sh010 v003: rendering',
      'warning: DARK: all black',
      '6/12 frames  50 %  3.3 s/frame  20 s left',
    ]);
  });
  test('nothing new, nothing said', () => expect(plainLines(view, view)).toEqual([]));
  test('at most one line for every five per cent', () => {
    let before: RenderView = { ...view, rendered: 0, planned: 1000 };
    let lines = 0;
    for (let rendered = 1; rendered <= 1000; rendered += 1) {
      const after = { ...before, rendered };
      lines += plainLines(before, after).length;
      before = after;
    }
    expect(lines).toBe(20);
  });
  test('a new failure is told once', () => {
    const failures = [{ frame: 2, code: 'BROKEN_FRAME', message: 'half' }];
    expect(plainLines(view, { ...view, failures })).toEqual(['frame 2 failed: BROKEN_FRAME: half']);
    expect(plainLines({ ...view, failures }, { ...view, failures })).toEqual([]);
  });
});

describe('endLines', () => {
  test('what came of it, and where it is', () => {
    const events = logOf([
      [0, 'render', requested],
      [1, 'render', complete],
      [2, 'render', planned],
      [9, 'render', { type: 'assembled', manifestKey: 'm', frames: 11, missing: 1 }],
      [9, 'render', { type: 'published', place: '/out/sh010', files: ['a.png', 'b.mp4'] }],
    ]);
    const tally = { planned: 12, done: 11, failed: 1 };
    const end = viewRender(
      { renderId: 'r', events, tally, doneUnits: [[0, 11]], pulses: [] },
      now,
    ) as RenderView;
    expect(end.final).toBe(true);
    expect(endLines(end)).toEqual([
      'film/sq01/sh010 v003: incomplete, 11 frames of 12',
      'in /out/sh010:',
      '  a.png',
      '  b.mp4',
    ]);
  });
  test('a render that failed says why', () => {
    const events = logOf([
      [0, 'render', requested],
      [1, 'render', { type: 'failed', code: 'REFUSED', message: 'no camera' }],
    ]);
    const end = viewRender({ renderId: 'r', events, doneUnits: [], pulses: [] }, now) as RenderView;
    expect(endLines(end)).toContain('REFUSED: no camera');
  });
});
