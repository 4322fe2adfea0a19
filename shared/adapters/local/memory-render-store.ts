import { Fault } from '#shared/core/fault.ts';
import type { LogEvent, RenderHead } from '#shared/core/render-events.ts';
import { addAnswer, doneWithin, type Shard, type Shards, type UnitTotals } from '#shared/core/unit-sets.ts';
import type { Pulse, RenderStore } from '#shared/ports.ts';

interface Kept {
  readonly streams: Map<string, LogEvent[]>;
  readonly shards: Map<number, Shard>;
  readonly pulses: Map<number, Pulse>;
  totals?: UnitTotals;
  head?: RenderHead;
}

/** The render store in memory: for the simulation and for renders that nobody asks about afterwards. */
export function createMemoryRenderStore(): RenderStore {
  const subjects = new Map<string, Kept>();
  const of = (subject: string): Kept => {
    const found = subjects.get(subject) ?? { streams: new Map(), shards: new Map(), pulses: new Map() };
    subjects.set(subject, found);
    return found;
  };
  const shardsOf = ({ shards }: Kept): Shards => ({
    load: (shard) => shards.get(shard),
    save: (shard, value) => void shards.set(shard, value),
  });

  return {
    async append(subject, stream, expected, events, head) {
      const kept = of(subject);
      const log = kept.streams.get(stream) ?? [];
      if (log.length !== expected) return false;
      kept.streams.set(stream, log);
      log.push(...structuredClone(events));
      if (head) kept.head = head;
      return true;
    },
    async read(subject, stream) {
      const { streams } = of(subject);
      if (stream !== undefined) return [...(streams.get(stream) ?? [])];
      return [...streams.keys()].sort().flatMap((name) => streams.get(name) ?? []);
    },
    async *list({ phases, shot, changedBefore } = {}) {
      const heads = [...subjects.values()].flatMap(({ head }) => head ?? []);
      for (const head of heads.sort((a, b) => b.changedAt - a.changedAt)) {
        if (phases && !phases.includes(head.phase)) continue;
        if (shot !== undefined && head.shot !== shot) continue;
        if (changedBefore !== undefined && head.changedAt >= changedBefore) continue;
        yield head;
      }
    },
    async answer(renderId, answer) {
      const kept = of(renderId);
      if (kept.totals && kept.totals.planned !== answer.planned) {
        throw new Fault('CONFLICT', `${renderId} has ${kept.totals.planned} units, not ${answer.planned}`);
      }
      kept.totals = addAnswer(kept.totals, answer, shardsOf(kept));
      return kept.totals;
    },
    async doneUnits(renderId, within) {
      return doneWithin(within, shardsOf(of(renderId)));
    },
    async pulse(renderId, pulse) {
      of(renderId).pulses.set(pulse.slice, pulse);
    },
    async pulses(renderId) {
      return [...of(renderId).pulses.values()].sort((a, b) => a.slice - b.slice);
    },
  };
}
