import type { Manifest } from '#events/manifest.ts';
import type { Report, ReportedFrame } from '#events/report.ts';
import { checkFrames } from '#shared/core/frame-checks.ts';
import { countFrames, frameAt } from '#shared/core/frame-range.ts';
import { frameSize } from '#shared/core/frame-size.ts';
import { unitPlace } from '#shared/core/plan.ts';
import type { LogEvent } from '#shared/core/render-events.ts';
import type { RenderState } from '#shared/core/render-state.ts';
import { foldSlice, sliceStream, unitKey, verdict } from '#shared/core/slice-state.ts';
import { chooseWinners, type Winner } from '#shared/core/winners.ts';
import type { StoredPlan } from './stored-plan.ts';

/** What a render consists of, from all that its attempts reported. The same reports give the same manifest. */
export function buildManifest(
  state: RenderState,
  stored: StoredPlan,
  reports: readonly Report[],
  log: readonly LogEvent[],
): Manifest {
  const { plan, facts, sceneId, settings } = stored;
  const frames = chooseWinners(reports);
  const missing = missingFrames(
    state,
    stored,
    new Set(frames.map(({ frame, part }) => unitKey(frame, part))),
    log,
  );
  const first = frames[0];
  const told = reports.find((report) => report.renderer);
  const fps = reports.find((report) => report.fps)?.fps ?? facts.fps;
  const whole = plan.parts[0]?.kind === 'whole';
  return {
    type: 'manifest.v1',
    renderId: state.renderId,
    generation: state.generation,
    shot: state.shot,
    name: state.name,
    version: state.shotVersion,
    sceneId,
    settings: JSON.parse(JSON.stringify(settings)),
    fps,
    ...(first && whole
      ? { width: first.width, height: first.height }
      : frameSize(facts, settings.resolution)),
    extension: first ? extensionOf(first.key) : '',
    ...(told?.renderer ? { renderer: told.renderer } : {}),
    complete: missing.length === 0,
    frames,
    parts: [...plan.parts],
    segments: reports.flatMap(({ segment }) => (segment ? [segment] : [])),
    missing,
    warnings: distinct([
      ...reports.flatMap((report) => report.warnings),
      ...(state.plan?.warnings ?? []),
      ...remarksOnTheWhole(
        frames,
        reports.some(({ animated }) => animated),
      ),
    ]),
  };
}

const extensionOf = (key: string): string => key.slice(key.lastIndexOf('.'));

const distinct = <W extends { code: string; message: string }>(warnings: readonly W[]): W[] => [
  ...new Map(warnings.map((warning) => [`${warning.code} ${warning.message}`, warning])).values(),
];

/** What no slice could see, since it takes frames of others; what a slice said of a frame is not said again. */
function remarksOnTheWhole(
  frames: readonly Winner<ReportedFrame>[],
  animated: boolean,
): Manifest['warnings'] {
  const said = new Set(
    frames.flatMap(({ frame, part, warnings }) =>
      warnings.map(({ code }) => `${unitKey(frame, part)} ${code}`),
    ),
  );
  return checkFrames(frames, { animated })
    .filter(({ frame, part, code }) => !said.has(`${unitKey(frame, part)} ${code}`))
    .map(({ code, message }) => ({ code, message }));
}

/** Frames of which at least one part failed for good, each with the reason that was said last. */
function missingFrames(
  state: RenderState,
  { plan }: StoredPlan,
  won: ReadonlySet<string>,
  log: readonly LogEvent[],
): Manifest['missing'] {
  const frameCount = countFrames(plan.frames);
  const missing = new Map<number, Manifest['missing'][number]>();
  for (const [index, slice] of plan.slices.entries()) {
    const units = Array.from({ length: slice.count }, (_, i) => slice.part * frameCount + slice.position + i);
    const lost = units
      .map((unit) => ({ ...unitPlace(unit, frameCount), unit }))
      .map(({ part, position }) => ({ part, frame: frameAt(plan.frames, position) as number }))
      .filter(({ frame, part }) => !won.has(unitKey(frame, part)));
    if (lost.length === 0) continue;
    const stream = sliceStream(index);
    const told = foldSlice(
      log.filter((event) => event.stream === stream),
      state.generation,
    );
    for (const { frame, part } of lost) {
      const reason = verdict(told, frame, part) ?? { code: 'MISSING', message: 'no attempt delivered it' };
      missing.set(frame, { frame, ...reason });
    }
  }
  return [...missing.values()].sort((a, b) => a.frame - b.frame);
}
