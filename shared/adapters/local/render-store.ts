import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '#shared/core/fault.ts';
import type { LogEvent, RenderHead } from '#shared/core/render-events.ts';
import { addAnswer, doneWithin, type Shard, type Shards, type UnitTotals } from '#shared/core/unit-sets.ts';
import type { Pulse, RenderStore } from '#shared/ports.ts';
import { transaction } from './database.ts';

/** The render store on SQLite: a log table, one row a head, one row a shard of 4096 units. */
export function createRenderStore(database: DatabaseSync): RenderStore {
  const prepare = (sql: string) => database.prepare(sql);
  const count = prepare('SELECT count(*) AS n FROM events WHERE subject = ? AND stream = ?');
  const insert = prepare('INSERT INTO events (subject, stream, version, body) VALUES (?, ?, ?, ?)');
  const setHead = prepare('INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?)');
  const readOne = prepare('SELECT body FROM events WHERE subject = ? AND stream = ? ORDER BY version');
  const readAll = prepare('SELECT body FROM events WHERE subject = ? ORDER BY stream, version');
  const heads = prepare('SELECT body FROM heads ORDER BY changed_at DESC, render_id');
  const setPulse = prepare('INSERT OR REPLACE INTO pulses VALUES (?, ?, ?)');
  const getPulses = prepare('SELECT body FROM pulses WHERE render_id = ? ORDER BY slice');
  const sets = unitSets(database);

  return {
    async append(subject, stream, expected, events, head) {
      return transaction(database, () => {
        if (count.get(subject, stream)?.n !== expected) return false;
        events.forEach((event, index) => {
          insert.run(subject, stream, expected + index, JSON.stringify(event));
        });
        if (head) setHead.run(subject, head.phase, head.shot, head.changedAt, JSON.stringify(head));
        return true;
      });
    },
    async read(subject, stream) {
      const rows = stream === undefined ? readAll.all(subject) : readOne.all(subject, stream);
      return rows.map(({ body }) => JSON.parse(body as string) as LogEvent);
    },
    async *list(filter = {}) {
      const { phases, shot, changedBefore } = filter;
      for (const { body } of heads.all()) {
        const head = JSON.parse(body as string) as RenderHead;
        if (phases && !phases.includes(head.phase)) continue;
        if (shot !== undefined && head.shot !== shot) continue;
        if (changedBefore !== undefined && head.changedAt >= changedBefore) continue;
        yield head;
      }
    },
    async answer(renderId, answer) {
      return transaction(database, () => sets.add(renderId, answer));
    },
    async doneUnits(renderId, within) {
      return doneWithin(within, sets.shardsOf(renderId));
    },
    async pulse(renderId, pulse) {
      setPulse.run(renderId, pulse.slice, JSON.stringify(pulse));
    },
    async pulses(renderId) {
      return getPulses.all(renderId).map(({ body }) => JSON.parse(body as string) as Pulse);
    },
  };
}

function unitSets(database: DatabaseSync) {
  const getTotals = database.prepare(
    'SELECT planned, done, failed, generation FROM totals WHERE render_id = ?',
  );
  const setTotals = database.prepare('INSERT OR REPLACE INTO totals VALUES (?, ?, ?, ?, ?)');
  const getShard = database.prepare(
    'SELECT done, failed, generation FROM shards WHERE render_id = ? AND shard = ?',
  );
  const setShard = database.prepare('INSERT OR REPLACE INTO shards VALUES (?, ?, ?, ?, ?)');
  const shardsOf = (renderId: string): Shards => ({
    load: (shard) => getShard.get(renderId, shard) as unknown as Shard | undefined,
    save: (shard, value) => {
      setShard.run(renderId, shard, value.done, value.failed, value.generation);
    },
  });
  return {
    shardsOf,
    add(renderId: string, answer: Parameters<RenderStore['answer']>[1]): UnitTotals {
      const before = getTotals.get(renderId) as unknown as UnitTotals | undefined;
      if (before && answer.planned !== before.planned) {
        throw new Fault('CONFLICT', `${renderId} has ${before.planned} units, not ${answer.planned}`);
      }
      const after = addAnswer(before, answer, shardsOf(renderId));
      setTotals.run(renderId, after.planned, after.done, after.failed, after.generation);
      return after;
    },
  };
}
