import { Fault } from '#shared/core/fault.ts';
import type { AnyEvent, LogEvent, RenderEvent, SliceEvent } from '#shared/core/render-events.ts';
import { foldRender, headOf, type RenderState } from '#shared/core/render-state.ts';
import { foldSlice, type SliceState, sliceStream } from '#shared/core/slice-state.ts';
import type { Ports } from '#shared/ports.ts';

type Store = Pick<Ports, 'renders' | 'clock'>;

/** Racing writers are few (one render, one slice); losing so often in a row means something is broken. */
const RACES = 50;

/** Gives events their place in the log. */
export const stamp = (
  events: readonly AnyEvent[],
  place: { readonly at: number; readonly who: string; readonly stream: string; readonly version: number },
): readonly LogEvent[] =>
  events.map((event, index) => ({ ...event, ...place, version: place.version + index }));

/** The render as its log tells it now; NOT_FOUND when there is none. */
export async function readRender(
  { renders }: Pick<Ports, 'renders'>,
  renderId: string,
): Promise<RenderState> {
  const state = foldRender(renderId, await renders.read(renderId, 'render'));
  if (!state) {
    throw new Fault('NOT_FOUND', `there is no render "${renderId}"; \`dropframe list\` shows those that are`);
  }
  return state;
}

/**
 * Appends what `decide` says of the render's state as it is at that moment, nothing when it says nothing.
 * Of racing callers each decides on what the one before left: so exactly one sees a state and changes it.
 */
export async function recordRender(
  { renders, clock }: Store,
  renderId: string,
  who: string,
  decide: (state: RenderState) => readonly RenderEvent[],
): Promise<{ readonly state: RenderState; readonly recorded: readonly RenderEvent[] }> {
  for (let race = 0; race < RACES; race += 1) {
    const events = await renders.read(renderId, 'render');
    const state = foldRender(renderId, events);
    if (!state) throw new Fault('NOT_FOUND', `there is no render "${renderId}"`);
    const recorded = decide(state);
    if (recorded.length === 0) return { state, recorded };
    const stamped = stamp(recorded, { at: clock.now(), who, stream: 'render', version: state.version });
    const next = foldRender(renderId, [...events, ...stamped]) as RenderState;
    if (await renders.append(renderId, 'render', state.version, stamped, headOf(next))) {
      return { state: next, recorded };
    }
  }
  throw new Fault('CONFLICT', `the log of render ${renderId} changed ${RACES} times while it was written`);
}

/** The same for one slice. */
export async function recordSlice(
  { renders, clock }: Store,
  place: {
    readonly renderId: string;
    readonly slice: number;
    readonly generation: number;
    readonly who: string;
  },
  decide: (state: SliceState) => readonly SliceEvent[],
): Promise<{ readonly state: SliceState; readonly recorded: readonly SliceEvent[] }> {
  const { renderId, slice, generation, who } = place;
  const stream = sliceStream(slice);
  for (let race = 0; race < RACES; race += 1) {
    const events = await renders.read(renderId, stream);
    const state = foldSlice(events, generation);
    const recorded = decide(state);
    if (recorded.length === 0) return { state, recorded };
    const stamped = stamp(recorded, { at: clock.now(), who, stream, version: state.version });
    if (await renders.append(renderId, stream, state.version, stamped)) {
      return { state: foldSlice([...events, ...stamped], generation), recorded };
    }
  }
  throw new Fault('CONFLICT', `the log of ${renderId} ${stream} changed ${RACES} times while it was written`);
}
