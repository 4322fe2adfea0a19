import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unfitReason } from '#shared/core/fitness.ts';
import { keys, parseReportKey } from '#shared/core/keys.ts';
import { chooseWinners } from '#shared/core/winners.ts';
import { FACTS } from '../sim/world.ts';

describe('winners', () => {
  const report = (slice: number, attempt: number, ...frames: number[]) => ({
    slice,
    attempt,
    worker: `w${attempt}`,
    frames: frames.map((frame) => ({ frame, part: 0, key: `${slice}-${attempt}-${frame}` })),
  });

  test('the first valid attempt of a frame wins; frames come sorted by number and part', () => {
    const won = chooseWinners([report(0, 2, 3, 1, 2), report(0, 1, 2), report(1, 1, -5)]);
    expect(won.map(({ key }) => key)).toEqual(['1-1--5', '0-2-1', '0-1-2', '0-2-3']);
    const parts = chooseWinners([
      {
        slice: 0,
        attempt: 1,
        worker: 'w',
        frames: [
          { frame: 1, part: 1 },
          { frame: 1, part: 0 },
        ],
      },
    ]);
    expect(parts.map(({ part }) => part)).toEqual([0, 1]);
  });

  test('order and repetition of reports change nothing', () => {
    const one = fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(8)));
    fc.assert(
      fc.property(fc.array(one), fc.func(fc.integer()), (list, order) => {
        const reports = list.map(([slice, attempt, frames]) => report(slice, attempt, ...frames));
        const shuffled = [...reports, ...reports].sort((a, b) => order(a) - order(b));
        expect(chooseWinners(shuffled)).toEqual(chooseWinners(reports));
      }),
    );
  });
});

describe('keys', () => {
  test('a report key says which attempt it speaks for', () => {
    expect(parseReportKey(keys.report('sh-1', 12, 3))).toEqual({ renderId: 'sh-1', slice: 12, attempt: 3 });
    expect(parseReportKey(keys.attemptFile('sh-1', 12, 3, 'report.json'))).toBeUndefined();
  });

  test('each kind of object has its place', () => {
    expect([
      keys.asset('a'),
      keys.scene('s'),
      keys.plan('r', 1),
      keys.reports('r'),
      keys.manifest('r', 2),
    ]).toEqual([
      'assets/a',
      'scenes/s.json',
      'renders/r/plan-1.json',
      'renders/r/reports/',
      'renders/r/manifest-2.json',
    ]);
    expect(keys.report('r', 1, 2).startsWith(keys.reports('r'))).toBe(true);
  });
});

describe('fitness', () => {
  const able = { blender: [3, 4, 1], devices: ['cpu'] } as const;
  test.each([
    ['as the scene is', {}, able, undefined],
    ['a device that is there', { device: 'cpu' }, able, undefined],
    ['a device that is not there', { device: 'optix' }, able, /asks? for device "optix".*has cpu/],
    ['an older Blender', {}, { ...able, blender: [3, 3, 9] }, /3\.4.*3\.3\.9/],
  ] as const)('%s', (_, settings, worker, reason) => {
    const found = unfitReason(FACTS, settings, worker);
    if (reason) expect(found).toMatch(reason);
    else expect(found).toBeUndefined();
  });
});
