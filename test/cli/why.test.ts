import { describe, expect, test } from 'vitest';
import { whyLines } from '#cli/commands/why.ts';
import type { RenderRecord } from '#cli/control.ts';
import { type FrameStory, frameStories, slicesOfFrame } from '#cli/why-story.ts';
import { Fault } from '#shared/core/fault.ts';
import type { AnyEvent } from '#shared/core/render-events.ts';
import {
  complete,
  dispatched,
  leased,
  logOf,
  plan,
  planned,
  record,
  reported,
  requested,
} from './example-render.ts';

const story = (of: RenderRecord, frame: number): FrameStory => frameStories(of, frame, [])[0] as FrameStory;

const broken = { frame: 2, part: 0, code: 'BROKEN_FRAME', message: 'half a picture', permanent: false };

/** The example's render with these things happening to slice 0 after it was dispatched. */
const renderWhere = (...events: readonly AnyEvent[]): RenderRecord => ({
  ...record,
  doneUnits: [],
  pulses: [],
  events: logOf([
    [0, 'render', requested],
    [1, 'render', complete],
    [2, 'render', planned],
    [3, 'render', dispatched],
    ...events.map((event, index) => [4 + index, 'slice/000000', event] as const),
  ]),
});

describe('why a frame is where it is', () => {
  test('done: who rendered it, in which attempt, after what', () => {
    const told = story(record, 2);
    expect(told).toMatchObject({ state: 'done', slices: [0] });
    expect(told.because).toBe('local-1 rendered it, attempt 2 of slice 0');
    expect(told.attempts.map(({ attempt, ended, frame }) => [attempt, ended, frame])).toEqual([
      [1, 'finished', 'failed'],
      [2, 'finished', 'rendered'],
    ]);
    expect(told.attempts[0]?.said).toEqual([{ code: 'BROKEN_FRAME', message: 'not a whole picture' }]);
  });

  test('being rendered: who has it, and where it is', () => {
    expect(story(record, 8)).toMatchObject({
      state: 'rendering',
      because: 'local-2 has slice 1 and is at frame 7 (Sample 8/16)',
    });
  });

  test('planned, but sent to nobody', () => {
    expect(story(record, 12).because).toBe('slice 2 is planned and not yet sent to a pool');
  });

  test.each<readonly [string, readonly AnyEvent[], string, string]>([
    ['sent', [], 'waiting', 'slice 0 is with a pool and waits for a free worker'],
    ['just leased', [leased(1, 'w')], 'rendering', 'w has slice 0 and is getting ready'],
    [
      'queued again',
      [
        leased(1, 'w'),
        { type: 'lost', attempt: 1, submission: 'sub-1', generation: 1, why: 'its machine is gone' },
        { type: 'requeued', submission: 's2', generation: 1, why: 'the worker vanished' },
      ],
      'waiting',
      'slice 0 was queued again and waits for a worker: the worker vanished',
    ],
    [
      'failed for good',
      [leased(1, 'w'), reported(1, 'w', { framesDone: 3, failures: [{ ...broken, permanent: true }] })],
      'failed',
      'it failed for good after 1 attempt: BROKEN_FRAME: half a picture',
    ],
  ])('%s', (_, events, state, because) => {
    expect(story(renderWhere(...events), 2)).toMatchObject({ state, because });
  });

  test('the render was cancelled', () => {
    const events = [
      ...renderWhere().events,
      ...logOf([[9, 'render', { type: 'cancelled', why: 'wrong camera' }]]),
    ];
    expect(story({ ...record, doneUnits: [], events }, 12)).toMatchObject({
      state: 'stopped',
      because: 'the render is cancelled',
    });
  });

  test('before there is a plan: what the render waits for', () => {
    const events = logOf([
      [0, 'render', requested],
      [1, 'render', { type: 'waiting-inputs', missing: ['wood.png'] }],
    ]);
    const waiting: RenderRecord = { renderId: 'r', events, doneUnits: [], pulses: [] };
    expect(story(waiting, 2).because).toBe('the render is not planned yet, it is waiting-inputs: wood.png');
    const failed = logOf([
      [0, 'render', requested],
      [1, 'render', { type: 'failed', code: 'INVALID_SCENE', message: 'no scene' }],
    ]);
    expect(story({ ...waiting, events: failed }, 2)).toMatchObject({
      state: 'stopped',
      because: 'the render failed: INVALID_SCENE: no scene',
    });
  });

  test('a plan that is not complete has not reached the frame yet', () => {
    const scouting = { ...plan, slices: plan.slices.slice(0, 1), complete: false };
    expect(story({ ...record, plan: scouting }, 12).because).toMatch(/first frames have told/);
  });

  test('no such frame, no such render', () => {
    expect(() => story(record, 13)).toThrow(Fault);
    expect(() => story({ ...record, events: [] }, 1)).toThrow('no such render');
    expect(slicesOfFrame(record, 13)).toEqual([]);
    expect(slicesOfFrame(record, 5)).toEqual([1]);
  });

  test('parts of one frame have one story each', () => {
    const tile = { kind: 'tile', columns: 2, rows: 1, overlap: 0, row: 0 } as const;
    const tiled = {
      ...plan,
      parts: [
        { ...tile, column: 0 },
        { ...tile, column: 1 },
      ],
      slices: [
        { position: 0, count: 12, part: 0 },
        { position: 0, count: 12, part: 1 },
      ],
    };
    const stories = frameStories({ ...record, plan: tiled, doneUnits: [[0, 12]] }, 3, []);
    expect(stories.map(({ part, slices, state }) => [part, slices, state])).toEqual([
      [0, [0], 'done'],
      [1, [1], 'rendering'],
    ]);
  });

  test('reports say how long the frame itself took, and whether an attempt reached it', () => {
    const common = {
      type: 'report.v1',
      renderId: 'r',
      slice: 0,
      worker: 'local-1',
      startedAt: 0,
      finishedAt: 1,
    } as const;
    const nothing = { ended: 'finished', failures: [], warnings: [], frames: [] } as const;
    const hash = 'a'.repeat(64);
    const frame = {
      frame: 3,
      part: 0,
      key: 'k',
      size: 1,
      sha256: hash,
      pixels: hash,
      width: 1,
      height: 1,
      seconds: 2.5,
    };
    const warnings = [{ code: 'DARK', message: 'all black' }];
    const reports = [
      { ...common, ...nothing, attempt: 1, frames: [{ ...frame, warnings }] },
      { ...common, ...nothing, attempt: 2 },
    ] as unknown as Parameters<typeof frameStories>[2];
    const [told] = frameStories(record, 3, reports);
    expect(told?.because).toBe('local-1 rendered it in 2.5 s, attempt 1 of slice 0');
    expect(told?.attempts.map(({ frame: came, seconds, said }) => [came, seconds, said])).toEqual([
      ['rendered', 2.5, warnings],
      ['not reached', undefined, []],
    ]);
  });
});

test('for people: the answer first, then each attempt, then the log', () => {
  const lines = whyLines(story(record, 2));
  expect(lines[0]).toBe('frame 2: done: local-1 rendered it, attempt 2 of slice 0');
  expect(lines[1]).toMatch(
    /^ {2}attempt 1 of slice 0, local-1, .* for 10 s: the attempt finished, the frame failed$/,
  );
  expect(lines[2]).toBe('    BROKEN_FRAME: not a whole picture');
  expect(lines.join('\n')).toMatch(/queued again as sub-2: frame 2 failed/);
  expect(whyLines(story(record, 12))).toContain('  no attempt yet');
});
