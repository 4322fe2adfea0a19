import type { MessageOf } from '#events/messages.ts';
import { countFrames } from '#shared/core/frame-range.ts';
import { keys, parseReportKey } from '#shared/core/keys.ts';
import { sliceUnits } from '#shared/core/plan.ts';
import type { LogEvent, RenderHead } from '#shared/core/render-events.ts';
import { allAnswered, type RenderState, undispatched } from '#shared/core/render-state.ts';
import {
  awaitsSubmission,
  foldSlice,
  liveLease,
  type SliceState,
  sliceStream,
} from '#shared/core/slice-state.ts';
import { countUnits, runsOf } from '#shared/core/unit-runs.ts';
import type { Ports } from '#shared/ports.ts';
import { readRender, recordSlice } from './journal.ts';
import { undoneUnits } from './owed-units.ts';
import { currentPlan } from './stored-plan.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'queue' | 'pool'>;

const WHO = 'sweep-renders';
const OPEN = ['waiting-inputs', 'planning', 'rendering', 'assembling', 'publishing'] as const;

/**
 * Repairs whatever an event failed to say, by looking at what is there: reports that nobody collected,
 * leases that nobody extended, slices that no pool knows, steps that were never taken.
 */
export const sweepRenders =
  (ports: Needs, recheckInbox: (head: RenderHead) => Promise<void>) =>
  async (_: MessageOf<'sweep-renders'>): Promise<void> => {
    for await (const head of ports.renders.list({ phases: OPEN })) {
      const { renderId } = head;
      if (head.phase === 'waiting-inputs') await recheckInbox(head);
      if (head.phase === 'planning') await ports.queue.send({ type: 'plan-render', renderId });
      if (head.phase === 'rendering') await sweepSlices(ports, await readRender(ports, renderId));
      if (head.phase === 'assembling') await ports.queue.send({ type: 'assemble-render', renderId });
      if (head.phase === 'publishing') await ports.queue.send({ type: 'publish-render', renderId });
    }
  };

async function sweepSlices(ports: Needs, state: RenderState): Promise<void> {
  const { renderId, generation } = state;
  if (!state.plan) return;
  const tally = await ports.renders.answer(renderId, { planned: state.plan.units, generation });
  if (allAnswered(state, tally)) return await ports.queue.send({ type: 'assemble-render', renderId });
  if (!state.plan.complete) await ports.queue.send({ type: 'plan-render', renderId });
  const log = Map.groupBy(await ports.renders.read(renderId), (event) => event.stream);
  await collectForgotten(ports, renderId, log);
  const owed = await owedSlices(ports, state, log);
  if (owed.length > 0 || undispatched(state).length > 0) {
    await ports.queue.send({
      type: 'dispatch-slices',
      renderId,
      slices: runsOf(owed).map(([f, n]) => [f, n]),
    });
  }
}

/** Reports that are there and that the log does not know. */
async function collectForgotten(
  ports: Needs,
  renderId: string,
  log: ReadonlyMap<string, readonly LogEvent[]>,
): Promise<void> {
  for await (const { key } of ports.work.list(keys.reports(renderId))) {
    const report = parseReportKey(key);
    if (!report) continue;
    const known = log.get(sliceStream(report.slice)) ?? [];
    if (known.some((event) => event.type === 'reported' && event.attempt === report.attempt)) continue;
    await ports.queue.send({ type: 'collect-report', ...report });
  }
}

/** Slices with unanswered frames that nobody works on and nobody will. */
async function owedSlices(
  ports: Needs,
  state: RenderState,
  log: ReadonlyMap<string, readonly LogEvent[]>,
): Promise<readonly number[]> {
  const { renderId, generation } = state;
  const { plan } = await currentPlan(ports, state);
  const active = new Set((await ports.pool.active(renderId)).map(({ slice }) => slice));
  const pulses = new Map((await ports.renders.pulses(renderId)).map((pulse) => [pulse.slice, pulse]));
  const waiting = new Set(
    [...undispatched(state)].flatMap(([first, n]) => Array.from({ length: n }, (_, i) => first + i)),
  );
  const owed: number[] = [];
  for (const [index, slice] of plan.slices.entries()) {
    if (waiting.has(index)) continue;
    const left = countUnits(await undoneUnits(ports, renderId, sliceUnits(slice, countFrames(plan.frames))));
    if (left === 0) continue;
    const folded = foldSlice(log.get(sliceStream(index)) ?? [], generation);
    const pulse = pulses.get(index);
    const extended = pulse?.attempt === folded.last?.attempt ? pulse?.leaseExpiresAt : undefined;
    if (liveLease(folded, ports.clock.now(), extended)) continue;
    if (awaitsSubmission(folded, generation)) owed.push(index);
    else if (!active.has(index) && (await writeOff(ports, state, index, folded))) owed.push(index);
  }
  return owed;
}

/** The pool does not know the slice and no lease is alive: whatever was to come will not. */
async function writeOff(
  ports: Needs,
  state: RenderState,
  slice: number,
  before: SliceState,
): Promise<boolean> {
  const { renderId, generation } = state;
  const { recorded } = await recordSlice(ports, { renderId, slice, generation, who: WHO }, (now) =>
    now.version !== before.version
      ? []
      : [
          {
            type: 'lost',
            attempt: now.last?.phase === 'leased' ? now.last.attempt : 0,
            submission: now.last?.submission ?? '',
            generation,
            why:
              now.last?.phase === 'leased'
                ? `${now.last.worker} stopped answering`
                : 'no pool knows the slice',
          },
        ],
  );
  return recorded.length > 0;
}
