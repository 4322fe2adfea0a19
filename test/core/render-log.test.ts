import { describe, expect, test } from 'vitest';
import type { AnyEvent, LogEvent } from '#shared/core/render-events.ts';
import { allAnswered, foldRender, headOf, isFinal, undispatched } from '#shared/core/render-state.ts';
import {
  ATTEMPT_LIMIT,
  awaitsSubmission,
  foldSlice,
  INTERRUPTION_LIMIT,
  LOSS_LIMIT,
  liveLease,
  sliceStream,
  verdict,
} from '#shared/core/slice-state.ts';

const logOf = (...events: AnyEvent[]): LogEvent[] =>
  events.map(
    (event, version) => ({ ...event, at: 100 + version, who: 'test', stream: 'render', version }) as LogEvent,
  );

const requested: AnyEvent = { type: 'requested', shot: 'a/b/c', name: 'c', settings: {}, why: 'test' };
const complete: AnyEvent = { type: 'inputs-complete', sceneId: 's', shotVersion: 3 };
const planned: AnyEvent = {
  type: 'planned',
  round: 1,
  units: 10,
  frameCount: 10,
  slices: 5,
  complete: true,
  warnings: [],
};
const assembling: AnyEvent = { type: 'assembling', holder: 'h', leaseExpiresAt: 500 };
const assembled = (missing: number): AnyEvent => ({
  type: 'assembled',
  manifestKey: 'm',
  frames: 10,
  missing,
});
const published: AnyEvent = { type: 'published', place: '/out', files: ['a.mp4'] };

describe('a render, folded from its log', () => {
  test('no events are no render', () => expect(foldRender('r', [])).toBeUndefined());

  test.each([
    ['requested', [requested], 'waiting-inputs'],
    ['its inputs are missing', [requested, { type: 'waiting-inputs', missing: ['a.png'] }], 'waiting-inputs'],
    ['inputs complete', [requested, complete], 'planning'],
    ['planned', [requested, complete, planned], 'rendering'],
    ['assembling', [requested, complete, planned, assembling], 'assembling'],
    ['assembled', [requested, complete, planned, assembling, assembled(0)], 'publishing'],
    ['published whole', [requested, complete, planned, assembling, assembled(0), published], 'done'],
    [
      'published with holes',
      [requested, complete, planned, assembling, assembled(2), published],
      'incomplete',
    ],
    ['failed', [requested, complete, { type: 'failed', code: 'REFUSED', message: 'no' }], 'failed'],
    ['cancelled', [requested, { type: 'cancelled', why: 'no' }], 'cancelled'],
    [
      'cancelled, retried early',
      [requested, { type: 'cancelled', why: 'x' }, { type: 'retried', why: 'y' }],
      'waiting-inputs',
    ],
    [
      'failed, retried',
      [requested, complete, { type: 'failed', code: 'x', message: 'y' }, { type: 'retried', why: 'y' }],
      'planning',
    ],
    [
      'incomplete, retried',
      [requested, complete, planned, assembled(2), published, { type: 'retried', why: 'y' }],
      'rendering',
    ],
  ] as [string, AnyEvent[], string][])('%s', (_, events, phase) => {
    expect(foldRender('r', logOf(...events))?.phase).toBe(phase);
  });

  test('a retry forgets the failure and raises the generation; events of slices change nothing', () => {
    const lost: AnyEvent = { type: 'lost', attempt: 1, submission: 's', generation: 1, why: 'gone' };
    const events = logOf(requested, complete, { type: 'failed', code: 'x', message: 'y' }, lost, {
      type: 'retried',
      why: 'z',
    });
    expect(foldRender('r', events)).toMatchObject({
      generation: 2,
      failure: undefined,
      version: 5,
      changedAt: 104,
    });
  });

  test('the head shows it; dispatched slices are not dispatched again', () => {
    const events = logOf(requested, complete, planned, {
      type: 'dispatched',
      submission: 's',
      pool: 'p',
      slices: [1, 2],
    });
    const state = foldRender('r', events)!;
    expect(headOf(state)).toEqual({
      renderId: 'r',
      shot: 'a/b/c',
      name: 'c',
      shotVersion: 3,
      phase: 'rendering',
      createdAt: 100,
      changedAt: 103,
    });
    expect(undispatched(state)).toEqual([
      [0, 1],
      [3, 2],
    ]);
    expect(undispatched(foldRender('r', logOf(requested))!)).toEqual([]);
  });

  test('all is answered when every planned unit is, and no more will be planned', () => {
    const at = (...events: AnyEvent[]) => foldRender('r', logOf(...events))!;
    const full = { done: 8, failed: 2 };
    expect(allAnswered(at(requested, complete, planned), full)).toBe(true);
    expect(allAnswered(at(requested, complete, planned), { done: 8, failed: 1 })).toBe(false);
    expect(allAnswered(at(requested, complete, { ...planned, complete: false } as AnyEvent), full)).toBe(
      false,
    );
    expect(allAnswered(at(requested, complete), full)).toBe(false);
    expect([isFinal('done'), isFinal('rendering')]).toEqual([true, false]);
  });
});

const leased = (attempt: number, more: object = {}): AnyEvent =>
  ({
    type: 'leased',
    attempt,
    worker: `w${attempt}`,
    submission: 's',
    run: 1,
    generation: 1,
    leaseExpiresAt: 1000,
    frames: 2,
    ...more,
  }) as AnyEvent;
const reported = (attempt: number, more: object = {}): AnyEvent =>
  ({
    type: 'reported',
    attempt,
    worker: `w${attempt}`,
    ended: 'finished',
    framesDone: 1,
    seconds: 2,
    failures: [],
    warnings: [],
    ...more,
  }) as AnyEvent;
const torn = (frame: number, permanent = false) => ({
  frame,
  part: 0,
  code: 'BROKEN_FRAME',
  message: 'torn',
  permanent,
});
const lost = (attempt: number, more: object = {}): AnyEvent =>
  ({ type: 'lost', attempt, submission: `s${attempt}`, generation: 1, why: 'gone', ...more }) as AnyEvent;
const repeat = (count: number, make: (n: number) => AnyEvent[]): AnyEvent[] =>
  Array.from({ length: count }, (_, i) => make(i + 1)).flat();

describe('a slice, folded from its log', () => {
  const fold = (...events: AnyEvent[]) => foldSlice(logOf(...events), 1);

  test('streams sort by number', () => expect(sliceStream(42)).toBe('slice/000042'));

  test('a lease lives until it expires, is extended by a pulse, and ends with its report', () => {
    expect(liveLease(fold(leased(1)), 999)?.worker).toBe('w1');
    expect(liveLease(fold(leased(1)), 1000)).toBeUndefined();
    expect(liveLease(fold(leased(1)), 1000, 1500)?.attempt).toBe(1);
    expect(liveLease(fold(leased(1), reported(1)), 1)).toBeUndefined();
    expect(liveLease(fold(), 1)).toBeUndefined();
  });

  test('the report of an attempt that was given up counts, and the newer attempt goes on', () => {
    const state = fold(leased(1), leased(2), reported(1, { failures: [torn(7)] }));
    expect(state.last).toMatchObject({ attempt: 2, phase: 'leased' });
    expect(state.reported).toEqual(new Set([1]));
    expect(state.failures.get('7/0')).toMatchObject({ times: 1 });
    expect(fold(leased(1), leased(2), lost(1)).last).toMatchObject({ attempt: 2, phase: 'leased' });
  });

  test.each([
    ['nothing happened yet', [], false],
    ['it is leased', [leased(1)], false],
    ['an attempt reported', [leased(1), reported(1)], true],
    ['an attempt is lost', [leased(1), lost(1)], true],
    ['a process ended before it leased', [lost(0)], true],
    [
      'it was submitted again',
      [leased(1), lost(1), { type: 'requeued', submission: 'x', generation: 1, why: 'y' }],
      false,
    ],
    [
      'that was lost, too',
      [lost(0), { type: 'requeued', submission: 'x', generation: 1, why: 'y' }, lost(0)],
      true,
    ],
  ] as [string, AnyEvent[], boolean][])('is owed a submission when %s: %s', (_, events, owed) => {
    expect(awaitsSubmission(fold(...events), 1)).toBe(owed);
  });

  test('in a later generation every slice is owed one, until it has it', () => {
    expect(awaitsSubmission(foldSlice([], 2), 2)).toBe(true);
    const again: AnyEvent = { type: 'requeued', submission: 'x', generation: 2, why: 'y' };
    expect(awaitsSubmission(foldSlice(logOf(again), 2), 2)).toBe(false);
  });

  test('a retry forgives', () => {
    const events = logOf(...repeat(ATTEMPT_LIMIT, (n) => [leased(n), reported(n, { failures: [torn(7)] })]));
    expect(verdict(foldSlice(events, 1), 7, 0)).toEqual({ code: 'BROKEN_FRAME', message: 'torn' });
    expect(verdict(foldSlice(events, 2), 7, 0)).toBeUndefined();
    const later = logOf(...events, leased(4, { generation: 2 }), reported(4, { failures: [torn(7)] }));
    expect(foldSlice(later, 2).failures.get('7/0')?.times).toBe(1);
    expect(foldSlice(later, 2).attempts).toBe(4);
  });

  test('workers on which frames failed are to be avoided, each named once', () => {
    const same = { worker: 'w', failures: [torn(1)] };
    expect(fold(leased(1), reported(1, same), leased(2), reported(2, same)).avoid).toEqual(['w']);
    expect(fold(leased(1), reported(1)).avoid).toEqual([]);
  });

  test('what belongs to no slice changes nothing but the version', () => {
    expect(fold({ type: 'cancelled', why: 'x' })).toEqual({ ...fold(), version: 1 });
  });

  test('a process heard of twice is lost once by its submission', () => {
    expect(fold(lost(0)).lostSubmissions).toEqual(new Set(['s0']));
  });

  test.each([
    [
      'a frame failed too often',
      repeat(ATTEMPT_LIMIT, (n) => [leased(n), reported(n, { failures: [torn(7)] })]),
      'BROKEN_FRAME',
      /torn/,
    ],
    [
      'a frame can never work',
      [leased(1), reported(1, { failures: [torn(7, true)] })],
      'BROKEN_FRAME',
      /torn/,
    ],
    [
      'attempts broke without saying where',
      repeat(ATTEMPT_LIMIT, (n) => [
        leased(n),
        reported(n, { ended: 'failed', reason: { code: 'X', message: 'no Blender' } }),
      ]),
      'X',
      /no Blender/,
    ],
    [
      'attempts broke and gave no reason',
      repeat(ATTEMPT_LIMIT, (n) => [leased(n), reported(n, { ended: 'failed' })]),
      'UNKNOWN',
      /no reason/,
    ],
    [
      'workers vanish',
      repeat(LOSS_LIMIT, (n) => [leased(n), lost(n)]),
      'LOST',
      /vanished 5 times, last: gone/,
    ],
    [
      'it is always interrupted',
      repeat(INTERRUPTION_LIMIT, (n) => [
        leased(n),
        reported(n, { ended: 'interrupted', reason: { code: 'SPOT', message: 'spot' } }),
      ]),
      'INTERRUPTED',
      /interrupted 50 times, last: spot/,
    ],
  ] as [string, AnyEvent[], string, RegExp][])('gives up when %s', (_, events, code, message) => {
    const reason = verdict(fold(...events), 7, 0);
    expect(reason?.code).toBe(code);
    expect(reason?.message).toMatch(message);
    expect(verdict(fold(...events.slice(0, -1)), 7, 0)).toBeUndefined();
  });
});
