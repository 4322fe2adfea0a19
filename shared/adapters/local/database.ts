import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS events (
  subject TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (subject, stream, version)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS heads (
  render_id TEXT PRIMARY KEY, phase TEXT NOT NULL, shot TEXT NOT NULL, changed_at INTEGER NOT NULL, body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS heads_by_change ON heads (changed_at);
CREATE TABLE IF NOT EXISTS totals (
  render_id TEXT PRIMARY KEY, planned INTEGER NOT NULL, done INTEGER NOT NULL, failed INTEGER NOT NULL,
  generation INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shards (
  render_id TEXT NOT NULL, shard INTEGER NOT NULL, done BLOB NOT NULL, failed BLOB NOT NULL,
  generation INTEGER NOT NULL, PRIMARY KEY (render_id, shard)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pulses (
  render_id TEXT NOT NULL, slice INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (render_id, slice)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY, body TEXT NOT NULL, visible_at INTEGER NOT NULL, deliveries INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS messages_by_time ON messages (visible_at, id);
CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, etag TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS children (
  seq INTEGER PRIMARY KEY, submission TEXT NOT NULL, slice INTEGER NOT NULL, child INTEGER NOT NULL,
  render_id TEXT NOT NULL, scene_id TEXT NOT NULL, grant_token TEXT NOT NULL, priority INTEGER NOT NULL,
  avoid TEXT NOT NULL, state TEXT NOT NULL, runs INTEGER NOT NULL DEFAULT 0, UNIQUE (submission, slice));
CREATE INDEX IF NOT EXISTS children_waiting ON children (state, priority DESC, seq);
CREATE INDEX IF NOT EXISTS children_of_scene ON children (state, scene_id, priority DESC, seq);
CREATE INDEX IF NOT EXISTS children_of_render ON children (render_id, state);
`;

/** Another process (a `dropframe status` beside the server) may hold the file this long. */
const BUSY_MS = 10_000;

/** The one SQLite file of a machine's renders; several processes may have it open. `:memory:` for none. */
export function openDatabase(file: string): DatabaseSync {
  if (file !== ':memory:') mkdirSync(path.dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  // WAL with NORMAL survives kill -9 at any moment; a power cut may take the last moments, which are redone.
  patiently(() => database.exec('PRAGMA journal_mode = WAL'));
  database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 2000;');
  database.exec(SCHEMA);
  return database;
}

/** What SQLite says at once, without the wait that was asked for, when two processes open a new file (seen). */
function patiently(work: () => unknown): unknown {
  const until = performance.now() + BUSY_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

const SQLITE_BUSY = 5;

/** The low byte is the code, the others say more of it: https://sqlite.org/rescode.html */
export const isBusy = (error: unknown): boolean =>
  ((error as { readonly errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;

/** Runs `work` as one transaction: all of its writes or none. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
