import { countFrames, positionOf } from '#shared/core/frame-range.ts';
import { unitOf } from '#shared/core/plan.ts';
import type { LogEvent, Phase, Reason } from '#shared/core/render-events.ts';
import { foldRender, isFinal } from '#shared/core/render-state.ts';
import type { Pulse } from '#shared/ports.ts';
import type { RenderRecord } from './control.ts';

/** What a worker is at now. */
export type Working = Pick<Pulse, 'worker' | 'slice' | 'attempt' | 'framesDone' | 'frame' | 'done' | 'note'>;

/** A render at one moment, as `status` and the progress display show it. */
export interface RenderView {
  readonly renderId: string;
  readonly shot: string;
  readonly name: string;
  readonly version: number;
  readonly phase: Phase;
  /** No more will happen unless a person says so. */
  readonly final: boolean;
  /** Frames, or parts of frames where frames are cut. */
  readonly planned: number;
  readonly unit: 'frame' | 'part';
  /** More will be planned once the first frames have told how long one takes. */
  readonly planComplete: boolean;
  /** Reported and verified. */
  readonly done: number;
  /** Done, and what running attempts have finished and not reported yet. */
  readonly rendered: number;
  readonly failed: number;
  readonly slices: number;
  readonly missingInputs: readonly string[];
  readonly workers: readonly Working[];
  readonly warnings: readonly (Reason & { readonly times: number })[];
  readonly failures: readonly (Reason & { readonly frame: number })[];
  readonly failure?: Reason;
  readonly place?: string;
  readonly files: readonly string[];
  readonly createdAt: number;
  readonly changedAt: number;
  readonly framesPerSecond?: number;
  readonly remainingMs?: number;
  /** For how long this machine rendered, however many workers it ran at once. */
  readonly machineSeconds: number;
}

type Lease = Extract<LogEvent, { type: 'leased' }>;

/** The latest lease of each slice that nobody has closed yet. */
function openLeases(events: readonly LogEvent[]): ReadonlyMap<string, Lease> {
  const open = new Map<string, Lease>();
  for (const event of events) {
    if (event.type === 'leased') open.set(event.stream, event);
    const closes = event.type === 'reported' || event.type === 'lost';
    if (closes && open.get(event.stream)?.attempt === event.attempt) open.delete(event.stream);
  }
  return open;
}

/** Milliseconds in which at least one attempt was running. */
export function busyMs(events: readonly LogEvent[], now: number): number {
  const spans = new Map<string, [start: number, end: number]>();
  const open = openLeases(events);
  for (const event of events) {
    if (event.type === 'leased') {
      const key = `${event.stream}#${event.attempt}`;
      spans.set(key, [event.at, open.get(event.stream) === event ? Math.max(now, event.at) : event.at]);
    } else if (event.type === 'reported' || event.type === 'lost') {
      const span = spans.get(`${event.stream}#${event.attempt}`);
      if (span) span[1] = Math.max(span[1], event.at);
    }
  }
  let total = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const [start, end] of [...spans.values()].sort((a, b) => a[0] - b[0])) {
    total += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return total;
}

function gatherWarnings(events: readonly LogEvent[]): RenderView['warnings'] {
  const warnings = new Map<string, Reason & { times: number }>();
  for (const event of events) {
    if (event.type !== 'reported' && event.type !== 'planned') continue;
    for (const { code, message } of event.warnings) {
      const key = `${code}\n${message}`;
      const before = warnings.get(key);
      warnings.set(key, { code, message, times: (before?.times ?? 0) + 1 });
    }
  }
  return [...warnings.values()];
}

/** What was said last of each frame that failed and has not come good since. */
function gatherFailures({ events, plan, doneUnits }: RenderRecord): RenderView['failures'] {
  const last = new Map<string, Reason & { frame: number }>();
  for (const event of events) {
    if (event.type !== 'reported') continue;
    for (const { frame, part, code, message } of event.failures) {
      const position = plan && positionOf(plan.frames, frame);
      const unit =
        plan && position !== undefined ? unitOf(position, part, countFrames(plan.frames)) : undefined;
      if (unit !== undefined && doneUnits.some(([first, count]) => unit >= first && unit < first + count))
        continue;
      last.set(`${frame}/${part}`, { frame, code, message });
    }
  }
  return [...last.values()].sort((a, b) => a.frame - b.frame);
}

/** Who renders now, by name: what each said last, or only that it has begun. */
function workersOf({ events, pulses }: RenderRecord): RenderView['workers'] {
  const working = [...openLeases(events).values()].map(({ stream, attempt, worker }) => {
    const slice = Number(stream.slice(stream.indexOf('/') + 1));
    const pulse = pulses.find((one) => one.slice === slice && one.attempt === attempt);
    const { framesDone = 0, frame, done, note } = pulse ?? {};
    return {
      ...{ worker, slice, attempt, framesDone },
      ...(frame === undefined ? {} : { frame }),
      ...(done === undefined ? {} : { done }),
      ...(note === undefined ? {} : { note }),
    };
  });
  return working.sort(
    (a, b) => a.worker.localeCompare(b.worker, 'en', { numeric: true }) || a.slice - b.slice,
  );
}

/** Folds what is known of a render; `undefined` when its log is empty. */
export function viewRender(record: RenderRecord, now: number): RenderView | undefined {
  const { renderId, events, tally, plan } = record;
  const state = foldRender(
    renderId,
    events.filter(({ stream }) => stream === 'render'),
  );
  if (!state) return undefined;
  const final = isFinal(state.phase);
  const planned = tally?.planned ?? state.plan?.units ?? 0;
  const done = tally?.done ?? 0;
  const failed = tally?.failed ?? 0;
  const workers = final ? [] : workersOf(record);
  const inFlight = workers.reduce((sum, pulse) => sum + pulse.framesDone, 0);
  const rendered = Math.min(planned, done + inFlight);
  const busy = busyMs(events, final ? state.changedAt : now);
  const pace = rendered > 0 && busy > 0 ? rendered / (busy / 1000) : undefined;
  const left = planned - failed - rendered;
  return {
    renderId,
    shot: state.shot,
    name: state.name,
    version: state.shotVersion,
    phase: state.phase,
    final,
    planned,
    unit: (plan?.parts.length ?? 1) > 1 ? 'part' : 'frame',
    planComplete: state.plan?.complete ?? false,
    done,
    rendered,
    failed,
    slices: state.plan?.slices ?? 0,
    missingInputs: state.missing,
    workers,
    warnings: gatherWarnings(events),
    failures: gatherFailures(record),
    ...(state.failure ? { failure: state.failure } : {}),
    ...(state.place === undefined ? {} : { place: state.place }),
    files: state.files,
    createdAt: state.createdAt,
    changedAt: state.changedAt,
    ...(pace === undefined ? {} : { framesPerSecond: pace }),
    ...(pace === undefined || final || left <= 0 ? {} : { remainingMs: (left / pace) * 1000 }),
    machineSeconds: busy / 1000,
  };
}
