import { Fault } from './fault.ts';
import type { UnitRun } from './plan.ts';

/** Units per shard: small enough to rewrite with every report, big enough that a render has few. */
export const SHARD_UNITS = 4096;

/** Bits of one shard. `failed` counts for `generation` only; both have `SHARD_UNITS / 8` bytes. */
export interface Shard {
  readonly done: Uint8Array;
  readonly failed: Uint8Array;
  readonly generation: number;
}

export interface UnitTotals {
  readonly planned: number;
  readonly done: number;
  readonly failed: number;
  readonly generation: number;
}

/** Where shards are kept; reading one that was never written gives `undefined`. */
export interface Shards {
  load(shard: number): Shard | undefined;
  save(shard: number, value: Shard): void;
}

export interface UnitAnswer {
  readonly planned: number;
  readonly generation: number;
  readonly done?: readonly UnitRun[];
  readonly failed?: readonly UnitRun[];
}

const emptyShard = (generation: number): Shard => ({
  done: new Uint8Array(SHARD_UNITS / 8),
  failed: new Uint8Array(SHARD_UNITS / 8),
  generation,
});

/**
 * Adds an answer to the sets of a render and returns the new totals. Totals are exact because each bit is
 * counted when it turns, never when a message arrives: repeats and any order give the same sets.
 */
export function addAnswer(before: UnitTotals | undefined, answer: UnitAnswer, shards: Shards): UnitTotals {
  const { planned, generation } = answer;
  const start = before ?? { planned, done: 0, failed: 0, generation };
  // A retry opens the next generation: what failed before it counts no more.
  const totals = generation > start.generation ? { ...start, failed: 0, generation } : { ...start };
  const stale = generation < totals.generation;
  let { done, failed } = totals;
  eachShard(answer.done ?? [], planned, (index, from, to) => {
    const shard = shardFor(shards, index, totals.generation);
    for (let bit = from; bit < to; bit += 1) {
      if (turn(shard.done, bit)) done += 1;
      if (clear(shard.failed, bit)) failed -= 1;
    }
    shards.save(index, shard);
  });
  eachShard(stale ? [] : (answer.failed ?? []), planned, (index, from, to) => {
    const shard = shardFor(shards, index, totals.generation);
    for (let bit = from; bit < to; bit += 1) {
      if (!isSet(shard.done, bit) && turn(shard.failed, bit)) failed += 1;
    }
    shards.save(index, shard);
  });
  return { planned: Math.max(start.planned, planned), done, failed, generation: totals.generation };
}

/** Which units of a run are done. */
export function doneWithin([first, count]: UnitRun, shards: Pick<Shards, 'load'>): readonly UnitRun[] {
  const runs: [number, number][] = [];
  eachShard([[first, count]], first + count, (index, from, to) => {
    const shard = shards.load(index);
    if (!shard) return;
    for (let bit = from; bit < to; bit += 1) {
      if (!isSet(shard.done, bit)) continue;
      const unit = index * SHARD_UNITS + bit;
      const last = runs.at(-1);
      if (last && last[0] + last[1] === unit) last[1] += 1;
      else runs.push([unit, 1]);
    }
  });
  return runs;
}

function shardFor(shards: Shards, index: number, generation: number): Shard {
  const found = shards.load(index) ?? emptyShard(generation);
  return found.generation === generation
    ? found
    : { done: found.done, failed: new Uint8Array(SHARD_UNITS / 8), generation };
}

function eachShard(
  runs: readonly UnitRun[],
  limit: number,
  visit: (index: number, from: number, to: number) => void,
): void {
  for (const [first, count] of runs) {
    if (first < 0 || count < 0 || first + count > limit) {
      throw new Fault(
        'INVALID_INPUT',
        `units ${first}..${first + count - 1} are outside of the ${limit} planned`,
      );
    }
    for (let unit = first; unit < first + count; ) {
      const index = Math.floor(unit / SHARD_UNITS);
      const end = Math.min(first + count, (index + 1) * SHARD_UNITS);
      visit(index, unit - index * SHARD_UNITS, end - index * SHARD_UNITS);
      unit = end;
    }
  }
}

const isSet = (bits: Uint8Array, bit: number): boolean => ((bits[bit >> 3]! >> (bit & 7)) & 1) === 1;

/** Sets a bit; true when it was not set. */
function turn(bits: Uint8Array, bit: number): boolean {
  if (isSet(bits, bit)) return false;
  bits[bit >> 3]! |= 1 << (bit & 7);
  return true;
}

/** Clears a bit; true when it was set. */
function clear(bits: Uint8Array, bit: number): boolean {
  if (!isSet(bits, bit)) return false;
  bits[bit >> 3]! &= ~(1 << (bit & 7));
  return true;
}
