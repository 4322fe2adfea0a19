import type { RenderRecord } from '#cli/control.ts';
import { parseFrames } from '#shared/core/frame-range-text.ts';
import { WHOLE } from '#shared/core/part.ts';
import type { Plan } from '#shared/core/plan.ts';
import type { AnyEvent, LogEvent } from '#shared/core/render-events.ts';

export const START = Date.UTC(2027, 0, 1, 12);

/** Twelve frames in three slices of four. */
export const plan: Plan = {
  frames: parseFrames('1-12', 'fileseq'),
  parts: [WHOLE],
  slices: [0, 4, 8].map((position) => ({ position, count: 4, part: 0 })),
  complete: true,
};

/** A log from `[seconds after the start, stream, event]`, with versions as a store counts them. */
export function logOf(rows: readonly (readonly [number, string, AnyEvent])[]): readonly LogEvent[] {
  const versions = new Map<string, number>();
  return rows.map(([seconds, stream, event]) => {
    const version = versions.get(stream) ?? 0;
    versions.set(stream, version + 1);
    return { ...event, at: START + seconds * 1000, who: 'test', stream, version };
  });
}

export const requested: AnyEvent = {
  type: 'requested',
  shot: 'film/sq01/sh010',
  name: 'hero',
  settings: {},
  why: 'dropped',
};
export const complete: AnyEvent = { type: 'inputs-complete', sceneId: 's1', shotVersion: 3 };
export const planned: AnyEvent = {
  type: 'planned',
  round: 1,
  units: 12,
  frameCount: 12,
  slices: 3,
  complete: true,
  warnings: [],
};
export const dispatched: AnyEvent = {
  type: 'dispatched',
  submission: 'sub-1',
  pool: 'local',
  slices: [0, 2],
};

export const leased = (attempt: number, worker: string): AnyEvent => ({
  type: 'leased',
  attempt,
  worker,
  submission: 'sub-1',
  run: 1,
  generation: 1,
  leaseExpiresAt: START + 600_000,
  frames: 4,
});

export const reported = (
  attempt: number,
  worker: string,
  rest: Partial<Extract<AnyEvent, { type: 'reported' }>> = {},
): AnyEvent => ({
  type: 'reported',
  attempt,
  worker,
  ended: 'finished',
  framesDone: 4,
  seconds: 8,
  failures: [],
  warnings: [],
  ...rest,
});

const broken = { frame: 2, part: 0, code: 'BROKEN_FRAME', message: 'not a whole picture', permanent: false };

/** Slice 0: failed on frame 2, then done. Slice 1: running. Slice 2: planned, not sent. */
export const record: RenderRecord = {
  renderId: 'r-abcdef',
  events: logOf([
    [0, 'render', requested],
    [1, 'render', complete],
    [2, 'render', planned],
    [3, 'render', dispatched],
    [4, 'slice/000000', leased(1, 'local-1')],
    [4, 'slice/000001', leased(1, 'local-2')],
    [14, 'slice/000000', reported(1, 'local-1', { framesDone: 3, failures: [broken] })],
    [15, 'slice/000000', { type: 'requeued', submission: 'sub-2', generation: 1, why: 'frame 2 failed' }],
    [16, 'slice/000000', leased(2, 'local-1')],
    [
      20,
      'slice/000000',
      reported(2, 'local-1', { framesDone: 1, warnings: [{ code: 'DARK', message: 'all black' }] }),
    ],
  ]),
  plan,
  tally: { planned: 12, done: 4, failed: 0 },
  doneUnits: [[0, 4]],
  pulses: [
    { slice: 0, attempt: 2, worker: 'local-1', framesDone: 1, at: START, leaseExpiresAt: START },
    {
      slice: 1,
      attempt: 1,
      worker: 'local-2',
      framesDone: 2,
      frame: 7,
      done: 0.456,
      note: 'Sample 8/16',
      at: START + 24_000,
      leaseExpiresAt: START + 600_000,
    },
  ],
};

/** The same shot, done. */
export const finished: RenderRecord = {
  renderId: 'r-done',
  events: logOf([
    [100, 'render', requested],
    [101, 'render', complete],
    [102, 'render', planned],
    [110, 'render', { type: 'assembled', manifestKey: 'm', frames: 12, missing: 0 }],
    [111, 'render', { type: 'published', place: '/out/sh010', files: ['a.0001.png'] }],
  ]),
  tally: { planned: 12, done: 12, failed: 0 },
  doneUnits: [[0, 12]],
  pulses: [],
};
