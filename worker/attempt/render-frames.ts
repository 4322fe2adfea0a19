import { Fault, type FaultCode } from '#shared/core/fault.ts';
import type { FrameOutcome, OpenedScene, Renderer, SceneProblem } from '#worker/renderer/renderer.ts';
import { type Attempt, reasonOf } from './attempt.ts';
import type { Ends } from './ends.ts';
import type { WorkTools } from './run-slice.ts';
import { settleFrame, takeFrame } from './settle-frame.ts';

/** What no other attempt would do better. */
const REFUSALS: readonly FaultCode[] = [
  'INVALID_INPUT',
  'INVALID_SCENE',
  'UNSUPPORTED_SCENE',
  'MISSING_INPUTS',
  'REFUSED',
];

type Broken = Map<number, Fault>;

/**
 * Renders frames in the warm Blender while those before are verified and uploaded. Resolves with the
 * frames that came out broken, once all that was rendered is settled or the time for that is over.
 */
export async function renderFrames(
  frames: readonly number[],
  attempt: Attempt,
  ends: Ends,
  tools: WorkTools,
): Promise<Broken> {
  const broken: Broken = new Map();
  const settling: Promise<unknown>[] = [];
  try {
    const user = { signal: ends.rendering, hear: attempt.log.add };
    await tools.warm.use(attempt.order, user, async (renderer) => {
      const { scene } = renderer;
      if (!meet(scene, attempt)) return;
      const onFrame = (outcome: FrameOutcome) => {
        const settled = receive(outcome, { attempt, scene, ends, tools, broken });
        if (settled) settling.push(settled);
      };
      await render(renderer, frames, attempt, ends, onFrame);
    });
  } catch (error) {
    if (!ends.rendering.aborted) fail(attempt, error);
  }
  delete attempt.progress;
  attempt.note = 'uploading';
  tools.onRendererFree();
  await Promise.race([Promise.all(settling), aborted(ends.settling)]);
  return broken;
}

const render = (
  renderer: Renderer,
  frames: readonly number[],
  attempt: Attempt,
  { rendering }: Ends,
  onFrame: (outcome: FrameOutcome) => void,
): Promise<void> => {
  const { part, movie } = attempt.order;
  attempt.note = 'rendering';
  return renderer.render(
    { frames, part, preview: movie && part.kind === 'whole' },
    {
      onFrame,
      onProgress: (progress) => {
        attempt.progress = progress;
      },
      signal: rendering,
    },
  );
};

/** Takes note of what the opened scene says; false when it must not be rendered. */
function meet(scene: OpenedScene, attempt: Attempt): boolean {
  const first = attempt.scene === undefined;
  attempt.scene = scene;
  const refusals = scene.problems.filter(({ severity }) => severity === 'refuse');
  if (first)
    for (const { code, message, severity } of scene.problems)
      if (severity === 'warn') attempt.warnings.push({ code, message });
  if (refusals.length === 0) return true;
  attempt.refused = {
    code: refusals.length === 1 ? refusals[0]!.code : 'REFUSED',
    message: joined(refusals),
  };
  return false;
}

const joined = (problems: readonly SceneProblem[]): string =>
  problems.map(({ message }) => message.trim().replace(/([^.!?])$/, '$1.')).join(' ');

/** What becomes of one outcome; a promise when that takes time. */
function receive(
  outcome: FrameOutcome,
  context: { attempt: Attempt; scene: OpenedScene; ends: Ends; tools: WorkTools; broken: Broken },
): Promise<void> | undefined {
  const { attempt, scene, ends, tools, broken } = context;
  const { frame } = outcome;
  if (!outcome.ok) {
    // A frame given up because we said so has not failed.
    const { code, message, permanent } = outcome;
    if (!ends.rendering.aborted) attempt.failures.set(frame, { frame, code, message, permanent });
    return undefined;
  }
  try {
    const taken = takeFrame(outcome, attempt, scene, tools.directory);
    return settleFrame(outcome, taken, context).then((fault) => {
      if (fault) broken.set(frame, fault);
    });
  } catch (error) {
    if (error instanceof Fault) broken.set(frame, error);
    else attempt.failures.set(frame, { frame, ...reasonOf(error), permanent: false });
    return undefined;
  }
}

function fail(attempt: Attempt, error: unknown): void {
  const reason = reasonOf(error);
  if (error instanceof Fault && REFUSALS.includes(error.code) && attempt.scene === undefined)
    attempt.refused = reason;
  else attempt.failed = reason;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
