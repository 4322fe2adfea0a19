import type { UnitRun } from './plan.ts';
import type { LogEvent, Phase, Reason, RenderHead } from './render-events.ts';
import type { RenderSettings } from './settings.ts';
import { subtractRuns } from './unit-runs.ts';

/** A render as its log tells it. Everything about a render is a fold of events; nothing else is kept. */
export interface RenderState {
  readonly renderId: string;
  /** Events folded: the expected version of the next append. */
  readonly version: number;
  readonly shot: string;
  readonly name: string;
  readonly askedVersion: number | undefined;
  readonly inboxKey: string | undefined;
  readonly settings: RenderSettings;
  readonly phase: Phase;
  readonly sceneId: string | undefined;
  readonly shotVersion: number;
  readonly missing: readonly string[];
  /** Rises with every retry; failed units count within their generation. */
  readonly generation: number;
  readonly plan: Extract<LogEvent, { type: 'planned' }> | undefined;
  readonly dispatched: readonly UnitRun[];
  readonly assembly: { readonly holder: string; readonly leaseExpiresAt: number } | undefined;
  readonly manifestKey: string | undefined;
  readonly missingFrames: number;
  readonly place: string | undefined;
  readonly files: readonly string[];
  readonly failure: Reason | undefined;
  readonly createdAt: number;
  readonly changedAt: number;
}

const unborn = (renderId: string): RenderState => ({
  renderId,
  version: 0,
  shot: '',
  name: '',
  askedVersion: undefined,
  inboxKey: undefined,
  settings: {},
  phase: 'waiting-inputs',
  sceneId: undefined,
  shotVersion: 0,
  missing: [],
  generation: 1,
  plan: undefined,
  dispatched: [],
  assembly: undefined,
  manifestKey: undefined,
  missingFrames: 0,
  place: undefined,
  files: [],
  failure: undefined,
  createdAt: 0,
  changedAt: 0,
});

/** What one event changes. Events of other streams change nothing. */
function changes(state: RenderState, event: LogEvent): Partial<RenderState> {
  switch (event.type) {
    case 'requested':
      return {
        shot: event.shot,
        name: event.name,
        askedVersion: event.askedVersion,
        inboxKey: event.inboxKey,
        settings: event.settings,
        createdAt: event.at,
      };
    case 'waiting-inputs':
      return { phase: 'waiting-inputs', missing: event.missing };
    case 'inputs-complete':
      return { phase: 'planning', missing: [], sceneId: event.sceneId, shotVersion: event.shotVersion };
    case 'planned':
      return { phase: 'rendering', plan: event };
    case 'dispatched':
      return { dispatched: [...state.dispatched, event.slices] };
    case 'assembling':
      return {
        phase: 'assembling',
        assembly: { holder: event.holder, leaseExpiresAt: event.leaseExpiresAt },
      };
    case 'assembled':
      return { phase: 'publishing', manifestKey: event.manifestKey, missingFrames: event.missing };
    case 'published':
      return {
        phase: state.missingFrames > 0 ? 'incomplete' : 'done',
        place: event.place,
        files: event.files,
        assembly: undefined,
      };
    case 'failed':
      return { phase: 'failed', failure: { code: event.code, message: event.message }, assembly: undefined };
    case 'cancelled':
      return { phase: 'cancelled', assembly: undefined };
    case 'retried':
      return {
        phase: state.plan ? 'rendering' : state.sceneId ? 'planning' : 'waiting-inputs',
        generation: state.generation + 1,
        failure: undefined,
        assembly: undefined,
      };
    default:
      return {};
  }
}

/** Folds the `render` stream; `undefined` when there is no such render. */
export function foldRender(renderId: string, events: readonly LogEvent[]): RenderState | undefined {
  if (events.length === 0) return undefined;
  let state = unborn(renderId);
  for (const event of events) {
    state = { ...state, ...changes(state, event), version: state.version + 1, changedAt: event.at };
  }
  return state;
}

export const headOf = (state: RenderState): RenderHead => ({
  renderId: state.renderId,
  shot: state.shot,
  name: state.name,
  shotVersion: state.shotVersion,
  phase: state.phase,
  createdAt: state.createdAt,
  changedAt: state.changedAt,
});

/** Slices that are planned and that no submission covers yet. */
export const undispatched = (state: RenderState): readonly UnitRun[] =>
  subtractRuns([[0, state.plan?.slices ?? 0]], state.dispatched);

const FINAL: ReadonlySet<Phase> = new Set(['done', 'incomplete', 'failed', 'cancelled']);

/** Nothing more will happen to it unless a person says so. */
export const isFinal = (phase: Phase): boolean => FINAL.has(phase);

/** Every planned unit has an answer, and no more units will be planned. */
export const allAnswered = (
  state: RenderState,
  tally: { readonly done: number; readonly failed: number },
): boolean => state.plan?.complete === true && tally.done + tally.failed >= state.plan.units;
