import type { DatabaseSync } from 'node:sqlite';
import type { BatchPool, PoolCapabilities, Queue } from '#shared/ports.ts';
import { transaction } from './database.ts';

/** One slice of a submission, as a slot runs it. */
export interface Child {
  readonly seq: number;
  readonly submission: string;
  readonly slice: number;
  /** Index within the submission. */
  readonly child: number;
  readonly renderId: string;
  readonly sceneId: string;
  readonly grant: string;
  /** Names of workers that should leave it to others. */
  readonly avoid: readonly string[];
  /** Which execution of the child this is, from 1. */
  readonly run: number;
}

/** Runs a child to its end; `succeeded` when it reported or found nothing to do. Never rejects. */
export type RunChild = (
  child: Child,
  slot: number,
  control: { readonly signal: AbortSignal; readonly onRendererFree: () => void },
) => Promise<{ readonly outcome: 'succeeded' | 'failed' | 'interrupted'; readonly reason: string }>;

export interface LocalPoolOptions {
  /** The worker's name of each slot, by which `avoid` knows it. */
  readonly slots: readonly string[];
  readonly run: RunChild;
  readonly queue: Queue;
  readonly capabilities: () => Promise<PoolCapabilities | undefined>;
}

/** A message of it has to fit every queue. */
const MOST_REASON_LETTERS = 4000;

export interface LocalPool extends BatchPool {
  /** Starts working; children that a dead process was running wait again. */
  start(): void;
  /** Takes nothing more; resolves when what runs has handed its slice back. */
  stop(reason: string): Promise<void>;
}

/**
 * This machine as a GPU batch queue: children wait in SQLite, slots take them by priority and age, a slot
 * with a warm Blender taking one of the same scene first.
 */
export function createPool(database: DatabaseSync, options: LocalPoolOptions): LocalPool {
  const children = childTable(database);
  const running = new Map<
    number,
    { readonly renderId: string; readonly abort: AbortController; done: Promise<void> }
  >();
  const warm: (string | undefined)[] = options.slots.map(() => undefined);
  const busy = new Set<number>();
  let stopped = true;

  const fill = (): void => {
    for (const [slot, name] of options.slots.entries()) {
      if (stopped || busy.has(slot)) continue;
      const child = children.claim(warm[slot], name, options.slots);
      if (!child) continue;
      busy.add(slot);
      warm[slot] = child.sceneId;
      runIn(slot, child);
    }
  };

  const runIn = (slot: number, child: Child): void => {
    const abort = new AbortController();
    let holds = true;
    /** Once: by the time that the child ends, the slot may be another child's. */
    const free = () => {
      if (!holds) return;
      holds = false;
      busy.delete(slot);
      fill();
    };
    const done = options
      .run(child, slot, { signal: abort.signal, onRendererFree: free })
      .then(async (ended) => {
        running.delete(child.seq);
        // A slice that this process gives up by stopping waits for the next one, as on a reclaimed machine.
        children.settle(child.seq, stopped && ended.outcome === 'interrupted' ? 'waiting' : 'ended');
        const { submission, slice, renderId } = child;
        if (ended.outcome !== 'succeeded' && !(stopped && ended.outcome === 'interrupted')) {
          const reason = ended.reason.slice(0, MOST_REASON_LETTERS);
          await options.queue.send({ type: 'watch-batch', renderId, slice, submission, ...ended, reason });
        }
        free();
      });
    running.set(child.seq, { renderId: child.renderId, abort, done });
  };

  return {
    name: 'local',
    capabilities: options.capabilities,
    async submit(submission) {
      children.add(submission);
      fill();
    },
    async terminate(renderId, reason) {
      children.forget(renderId);
      for (const one of running.values()) if (one.renderId === renderId) one.abort.abort(new Error(reason));
    },
    active: async (renderId) => children.active(renderId),
    start() {
      children.wakeAll();
      stopped = false;
      fill();
    },
    async stop(reason) {
      stopped = true;
      for (const { abort } of running.values()) abort.abort(new Error(reason));
      await Promise.all([...running.values()].map(({ done }) => done));
    },
  };
}

function childTable(database: DatabaseSync) {
  const insert = database.prepare(
    `INSERT OR IGNORE INTO children
       (submission, slice, child, render_id, scene_id, grant_token, priority, avoid, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting')`,
  );
  // What all who are here should avoid, whoever is there takes.
  const suits = `(instr(avoid, :name) = 0 OR NOT EXISTS (
    SELECT 1 FROM json_each(:names) WHERE instr(children.avoid, json_each.value) = 0))`;
  // Two looks along an index, so that a pick costs the same among ten thousand.
  const best = database.prepare(
    `SELECT seq, priority FROM children WHERE state = 'waiting' AND ${suits}
     ORDER BY priority DESC, seq LIMIT 1`,
  );
  const bestOfScene = database.prepare(
    `SELECT seq, priority FROM children WHERE state = 'waiting' AND scene_id = :scene AND ${suits}
     ORDER BY priority DESC, seq LIMIT 1`,
  );
  const take = database.prepare(
    `UPDATE children SET state = 'running', runs = runs + 1 WHERE seq = ? RETURNING seq, submission, slice, child, render_id AS renderId, scene_id AS sceneId,
       grant_token AS "grant", avoid, runs AS run`,
  );
  const set = database.prepare("UPDATE children SET state = ? WHERE seq = ? AND state = 'running'");
  const forget = database.prepare(
    "UPDATE children SET state = 'ended' WHERE render_id = ? AND state = 'waiting'",
  );
  const wake = database.prepare("UPDATE children SET state = 'waiting' WHERE state = 'running'");
  const active = database.prepare(
    "SELECT submission, slice FROM children WHERE render_id = ? AND state IN ('waiting', 'running')",
  );
  return {
    add({
      id,
      renderId,
      slices: [first, count],
      sceneId,
      grant,
      priority,
      avoid = [],
    }: Parameters<BatchPool['submit']>[0]) {
      transaction(database, () => {
        for (let child = 0; child < count; child += 1) {
          insert.run(id, first + child, child, renderId, sceneId, grant, priority, JSON.stringify(avoid));
        }
      });
    },
    claim(scene: string | undefined, name: string, all: readonly string[]): Child | undefined {
      const who = {
        name: JSON.stringify(name),
        names: JSON.stringify(all.map((one) => JSON.stringify(one))),
      };
      const any = best.get(who);
      if (!any) return undefined;
      const same = scene === undefined ? undefined : bestOfScene.get({ ...who, scene });
      const row = take.get((same && same.priority === any.priority ? same : any).seq as number);
      return row ? ({ ...row, avoid: JSON.parse(row.avoid as string) } as unknown as Child) : undefined;
    },
    settle: (seq: number, state: 'waiting' | 'ended') => void set.run(state, seq),
    forget: (renderId: string) => void forget.run(renderId),
    wakeAll: () => void wake.run(),
    active: (renderId: string) =>
      active.all(renderId) as unknown as { readonly submission: string; readonly slice: number }[],
  };
}
