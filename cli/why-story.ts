import type { Report } from '#events/report.ts';
import { Fault } from '#shared/core/fault.ts';
import { countFrames, positionOf } from '#shared/core/frame-range.ts';
import { type Plan, unitOf } from '#shared/core/plan.ts';
import type { LogEvent, Reason } from '#shared/core/render-events.ts';
import { foldRender, type RenderState } from '#shared/core/render-state.ts';
import { foldSlice, sliceStream, verdict } from '#shared/core/slice-state.ts';
import type { RenderRecord } from './control.ts';
import { plural } from './text.ts';

/** One attempt at the slice that holds the frame, and what came of the frame in it. */
export interface AttemptStory {
  readonly slice: number;
  readonly attempt: number;
  readonly worker: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** How the attempt as a whole ended; `running` while it has not. */
  readonly ended: string;
  /** Of this frame in this attempt. */
  readonly frame: 'rendered' | 'failed' | 'not reached' | 'unknown' | 'running';
  /** How long the frame took, when it was rendered. */
  readonly seconds?: number;
  readonly said: readonly Reason[];
  /** The last that the renderer printed about a frame that it did not deliver. */
  readonly printed?: readonly string[];
}

/** Everything that is known of one frame, or of one part of it. */
export interface FrameStory {
  readonly frame: number;
  readonly part: number;
  readonly parts: number;
  readonly slices: readonly number[];
  readonly state: 'done' | 'failed' | 'rendering' | 'waiting' | 'stopped';
  /** One sentence: why it is done, or why it is not done yet. */
  readonly because: string;
  readonly attempts: readonly AttemptStory[];
  /** What happened to its slices, and to the render as a whole, in order. */
  readonly events: readonly LogEvent[];
}

function slicesWith(plan: Plan, position: number, part: number): readonly number[] {
  return plan.slices.flatMap((slice, index) =>
    slice.part === part && position >= slice.position && position < slice.position + slice.count
      ? [index]
      : [],
  );
}

type Place = { readonly slice: number; readonly frame: number; readonly part: number };

function outcome(
  place: Place,
  end: Extract<LogEvent, { type: 'reported' }>,
  report: Report | undefined,
): Pick<AttemptStory, 'frame' | 'seconds' | 'said'> {
  const here = ({ frame, part }: { frame: number; part: number }): boolean =>
    frame === place.frame && part === place.part;
  const failure = end.failures.find(here);
  const reasons = end.reason ? [end.reason] : [];
  if (failure)
    return { frame: 'failed', said: [{ code: failure.code, message: failure.message }, ...reasons] };
  if (!report) return { frame: end.ended === 'finished' ? 'rendered' : 'unknown', said: reasons };
  const frame = report.frames.find(here);
  if (!frame) return { frame: 'not reached', said: reasons };
  return { frame: 'rendered', seconds: frame.seconds, said: [...frame.warnings, ...reasons] };
}

function attemptsAt(
  place: Place,
  events: readonly LogEvent[],
  reports: readonly Report[],
): readonly AttemptStory[] {
  return events.flatMap((lease): AttemptStory[] => {
    if (lease.type !== 'leased') return [];
    const { attempt, worker, at: startedAt } = lease;
    const story = { slice: place.slice, attempt, worker, startedAt };
    const end = events.find(
      (event) => (event.type === 'reported' || event.type === 'lost') && event.attempt === attempt,
    );
    if (end?.type === 'reported') {
      const report = reports.find((one) => one.slice === place.slice && one.attempt === attempt);
      return [{ ...story, endedAt: end.at, ended: end.ended, ...outcome(place, end, report) }];
    }
    if (end?.type === 'lost') {
      const said = [{ code: 'LOST', message: end.why }];
      return [{ ...story, endedAt: end.at, ended: 'lost', frame: 'unknown', said }];
    }
    return [{ ...story, ended: 'running', frame: 'running', said: [] }];
  });
}

const STOPPED = new Set(['failed', 'cancelled', 'incomplete', 'done']);

/** Why a frame that no attempt has delivered is where it is. */
function whyNot(
  place: Place,
  state: RenderState,
  events: readonly LogEvent[],
  record: RenderRecord,
): Pick<FrameStory, 'state' | 'because'> {
  const slice = foldSlice(events, state.generation);
  const reason = verdict(slice, place.frame, place.part);
  if (reason) {
    return {
      state: 'failed',
      because: `it failed for good after ${plural(slice.attempts, 'attempt')}: ${reason.code}: ${reason.message}`,
    };
  }
  if (STOPPED.has(state.phase)) {
    const failure = state.failure ? `: ${state.failure.code}: ${state.failure.message}` : '';
    return { state: 'stopped', because: `the render is ${state.phase}${failure}` };
  }
  if (slice.last?.phase === 'leased') {
    const pulse = record.pulses.find(
      (one) => one.slice === place.slice && one.attempt === slice.last?.attempt,
    );
    const at = pulse?.frame === undefined ? 'getting ready' : `at frame ${pulse.frame}`;
    const note = pulse?.note === undefined ? '' : ` (${pulse.note})`;
    return {
      state: 'rendering',
      because: `${slice.last.worker} has slice ${place.slice} and is ${at}${note}`,
    };
  }
  const sent = events.findLast((event) => event.type === 'requeued');
  if (sent?.type === 'requeued') {
    return {
      state: 'waiting',
      because: `slice ${place.slice} was queued again and waits for a worker: ${sent.why}`,
    };
  }
  const dispatched = state.dispatched.some(
    ([first, count]) => place.slice >= first && place.slice < first + count,
  );
  const because = dispatched
    ? `slice ${place.slice} is with a pool and waits for a free worker`
    : `slice ${place.slice} is planned and not yet sent to a pool`;
  return { state: 'waiting', because };
}

const isDone = (record: RenderRecord, unit: number): boolean =>
  record.doneUnits.some(([first, count]) => unit >= first && unit < first + count);

function because(attempts: readonly AttemptStory[]): string {
  const winner = attempts.find(({ frame }) => frame === 'rendered');
  if (!winner) return 'it is rendered and verified';
  const took = winner.seconds === undefined ? '' : ` in ${winner.seconds.toFixed(1)} s`;
  return `${winner.worker} rendered it${took}, attempt ${winner.attempt} of slice ${winner.slice}`;
}

/** The slices that hold a frame: whose reports tell the rest of its story. */
export function slicesOfFrame({ plan }: RenderRecord, frame: number): readonly number[] {
  const position = plan && positionOf(plan.frames, frame);
  if (plan === undefined || position === undefined) return [];
  return plan.parts.flatMap((_, part) => slicesWith(plan, position, part));
}

/**
 * The whole story of one frame, one entry a part. NOT_FOUND when the render has no such frame; before
 * there is a plan, the one entry says what the render waits for.
 */
export function frameStories(
  record: RenderRecord,
  frame: number,
  reports: readonly Report[],
): readonly FrameStory[] {
  const { plan, renderId, events } = record;
  const ofRender = events.filter(({ stream }) => stream === 'render');
  const state = foldRender(renderId, ofRender);
  if (!state) throw new Fault('NOT_FOUND', `${renderId}: there is no such render`);
  const nothing = { frame, part: 0, parts: 1, slices: [], attempts: [], events: ofRender };
  if (!plan) {
    const waits = state.missing.length > 0 ? `: ${state.missing.join(', ')}` : '';
    const stopped = STOPPED.has(state.phase);
    const why = `the render is not planned yet, it is ${state.phase}${waits}`;
    const failure = state.failure
      ? `the render failed: ${state.failure.code}: ${state.failure.message}`
      : why;
    return [{ ...nothing, state: stopped ? 'stopped' : 'waiting', because: failure }];
  }
  const position = positionOf(plan.frames, frame);
  if (position === undefined) {
    throw new Fault('NOT_FOUND', `frame ${frame}: ${renderId} does not render it`, { details: { frame } });
  }
  return plan.parts.map((_, part): FrameStory => {
    const slices = slicesWith(plan, position, part);
    const common = { frame, part, parts: plan.parts.length, slices };
    const own = slices.map((slice) => ({
      slice,
      events: events.filter(({ stream }) => stream === sliceStream(slice)),
    }));
    const attempts = own.flatMap((one) => attemptsAt({ slice: one.slice, frame, part }, one.events, reports));
    const all = { ...common, attempts, events: [...ofRender, ...own.flatMap((one) => one.events)] };
    if (isDone(record, unitOf(position, part, countFrames(plan.frames)))) {
      return { ...all, state: 'done', because: because(attempts) };
    }
    const first = own[0];
    if (!first)
      return {
        ...all,
        state: 'waiting',
        because: 'it will be planned once the first frames have told how long one takes',
      };
    return { ...all, ...whyNot({ slice: first.slice, frame, part }, state, first.events, record) };
  });
}
