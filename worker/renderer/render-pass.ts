import { acceptFrame, type Delivery } from './accept.ts';
import type { DriverExit } from './driver-process.ts';
import { readProgress } from './log-signs.ts';
import type { LogPassage } from './marked-log.ts';
import type { LogLine, OpenDriver } from './open-driver.ts';
import type { DriverMessage, DriverPart } from './protocol.ts';
import type { FrameOutcome, RenderProgress } from './renderer.ts';
import { type RenderLimits, startWatchdog, type Trip } from './watchdog.ts';

export interface Pass {
  readonly frames: readonly number[];
  readonly part: DriverPart;
  readonly preview: boolean;
  readonly delivery: Delivery;
  readonly limits: RenderLimits;
  /** Folders whose size counts as output. */
  readonly outputDirectory: string;
  readonly signal: AbortSignal | undefined;
  onOutcome(outcome: FrameOutcome): void;
  onProgress(progress: RenderProgress): void;
}

/** How a pass ended: all frames answered, or Blender gone while it rendered `frame`. */
export type PassEnd =
  | { readonly kind: 'answered' }
  | {
      readonly kind: 'gone';
      readonly frame: number;
      readonly exit: DriverExit;
      readonly trip: Trip | undefined;
    };

export interface RunningPass {
  readonly end: Promise<PassEnd>;
  onLine(line: LogLine): void;
  readonly frame: () => number;
}

/** One render command: each asked frame is answered once, until all are or Blender is gone. */
export function renderPass({ driver }: OpenDriver, pass: Pass): RunningPass {
  const open = new Set(pass.frames);
  let frame = pass.frames[0] as number;
  let trip: Trip | undefined;
  const dog = startWatchdog(
    pass.limits,
    { pid: driver.pid as number, outputDirectory: pass.outputDirectory },
    (kind, message) => {
      trip = kind;
      driver.kill(message);
    },
  );
  const abort = (): void => driver.kill('was ended because the render was cancelled');
  pass.signal?.addEventListener('abort', abort);

  const answer = (outcome: FrameOutcome): void => {
    if (open.delete(outcome.frame)) pass.onOutcome(outcome);
    else driver.kill(`answered for frame ${outcome.frame}, which nobody had asked for`);
  };
  const onMessage = (message: DriverMessage, passage: LogPassage): void => {
    dog.stir();
    if (message.is === 'started') {
      frame = message.frame;
      dog.begin();
      pass.onProgress({ frame, done: 0 });
    } else if (message.is === 'frame') {
      answer(acceptFrame(message, passage, pass.delivery));
    } else if (message.is === 'failed') {
      answer(failure(message, passage));
    }
  };

  const end = new Promise<PassEnd>((resolve) => {
    driver.listen({
      onMessage(message, passage) {
        if (message.is === 'rendered') resolve({ kind: 'answered' });
        else onMessage(message, passage);
      },
      onExit: (exit) => resolve({ kind: 'gone', frame: open.has(frame) ? frame : firstOf(open), exit, trip }),
    });
    const { frames, part, preview, delivery } = pass;
    driver.send({ do: 'render', frames, part, directory: delivery.told, preview });
    if (pass.signal?.aborted) abort();
  }).finally(() => {
    dog.stop();
    pass.signal?.removeEventListener('abort', abort);
  });

  return {
    end,
    frame: () => frame,
    onLine({ text }) {
      dog.stir();
      const progress = readProgress(text);
      if (progress) pass.onProgress(progress);
    },
  };
}

const firstOf = (frames: ReadonlySet<number>): number => frames.values().next().value ?? 0;

/** Blender's own words are short; what it printed before says why. */
function failure(
  { frame, code, message, permanent }: Extract<DriverMessage, { is: 'failed' }>,
  { signs }: LogPassage,
): FrameOutcome {
  const why = signs.filter(({ effect }) => effect === 'fail').map((sign) => sign.message);
  return { frame, ok: false, code, message: [message, ...why].join(' '), permanent };
}
