import type { DatabaseSync } from 'node:sqlite';

/** Which version of which file has been told of, across restarts. */
export interface SeenFiles {
  has(key: string, etag: string): boolean;
  add(key: string, etag: string): void;
}

export function createSeenFiles(database: DatabaseSync): SeenFiles {
  const known = new Map<string, string>();
  for (const { key, etag } of database.prepare('SELECT key, etag FROM seen').all()) {
    known.set(key as string, etag as string);
  }
  const keep = database.prepare('INSERT OR REPLACE INTO seen VALUES (?, ?)');
  return {
    has: (key, etag) => known.get(key) === etag,
    add(key, etag) {
      keep.run(key, etag);
      known.set(key, etag);
    },
  };
}
