import { describe, expect, test } from 'vitest';
import type { Report, ReportedFrame } from '#events/report.ts';
import { buildManifest } from '#shared/usecases/build-manifest.ts';
import { currentPlan } from '#shared/usecases/stored-plan.ts';
import { openRig } from './rig.ts';

const HASH = 'a'.repeat(64);

const picture = (frame: number, more: Partial<ReportedFrame> = {}): ReportedFrame => ({
  ...{ frame, part: 0, key: `f_${frame}.png`, size: 1, sha256: HASH, pixels: `pixels of ${frame}` },
  ...{ width: 64, height: 36, seconds: 2, warnings: [] },
  ...more,
});

const report = (slice: number, frames: ReportedFrame[], more: Partial<Report> = {}): Report => ({
  ...{ type: 'report.v1', renderId: 'r', slice, attempt: 1, worker: `w${slice}`, ended: 'finished' },
  ...{ startedAt: 0, finishedAt: 1, failures: [], warnings: [], animated: true, frames },
  ...more,
});

/** What the manifest of a render in two slices says when their workers reported this. */
async function warningsOf(...reports: Report[]) {
  const rig = await openRig('slice: 12');
  await rig.deliver();
  const state = await rig.state();
  return buildManifest(state, await currentPlan(rig.world, state), reports, []).warnings;
}

describe('what only the whole sequence tells', () => {
  test('a frame that repeats one of another slice is named', async () => {
    const repeated = picture(3, { pixels: 'pixels of 1' });
    expect(await warningsOf(report(1, [repeated, picture(4)]), report(0, [picture(1), picture(2)]))).toEqual([
      {
        code: 'IDENTICAL_FRAMES',
        message: 'Frame 3 has exactly the pixels of frame 1, although the scene is animated.',
      },
    ]);
  });

  test('a blank frame that was alone in its slice is named, beside pictures of others', async () => {
    const warnings = await warningsOf(
      report(0, [picture(1)]),
      report(1, [picture(2, { blank: 'black' })]),
      report(2, [picture(3)]),
    );
    expect(warnings).toEqual([
      { code: 'BLACK_FRAME', message: 'Frame 2 is black all over, unlike 1 and 3 beside it.' },
    ]);
  });

  test('what a slice said of a frame is not said again, in other words', async () => {
    const told = { code: 'BLACK_FRAME', message: 'Frame 2 is black all over, unlike 1 beside it.' };
    const first = report(0, [picture(1), picture(2, { blank: 'black', warnings: [told] })]);
    expect(await warningsOf(first, report(1, [picture(3)]))).toEqual([]);
  });

  test('of attempts that nobody uses nothing is compared', async () => {
    const late = report(0, [picture(2, { pixels: 'pixels of 1' })], { attempt: 2 });
    expect(await warningsOf(report(0, [picture(1), picture(2)]), late)).toEqual([]);
  });

  test('a still scene may look the same all along', async () => {
    const still = [1, 2].map((frame) =>
      report(frame - 1, [picture(frame, { pixels: 'same' })], { animated: false }),
    );
    expect(await warningsOf(...still)).toEqual([]);
  });
});
