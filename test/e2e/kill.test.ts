import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { openDatabase } from '#shared/adapters/local/database.ts';
import { createRenderStore } from '#shared/adapters/local/render-store.ts';
import type { LogEvent } from '#shared/core/render-events.ts';
import { createDropframe, makeScenes, stop } from './dropframe.ts';

const dropframe = createDropframe();
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(dropframe.story());
  dropframe.clean();
});

const KILLS = 10;
type Of<T extends LogEvent['type']> = LogEvent & { type: T };

test(`killed with -9 at ${KILLS} random moments, a render ends whole, and nothing reported is rendered again`, async () => {
  const scenes = await makeScenes();
  await dropframe.drop(path.join(scenes, 'long.blend'), 'p/s/t/long_v001.blend');
  for (let kill = 0; kill < KILLS; kill += 1) {
    const server = await dropframe.up('--workers', '2');
    await sleep(200 + Math.random() * 2500);
    await stop(server, 'SIGKILL');
  }
  await dropframe.up('--workers', '2');
  const done = await dropframe.phase('done');

  const manifest = JSON.parse(
    await readFile(path.join(dropframe.output, 'p/s/t/v001/manifest.json'), 'utf8'),
  );
  expect(manifest.frames.map(({ frame }: { frame: number }) => frame)).toEqual(
    Array.from({ length: 40 }, (_, i) => i + 1),
  );

  const database = openDatabase(path.join(dropframe.root, 'dropframe.sqlite'));
  const log = await createRenderStore(database).read(done.renderId);
  database.close();
  expect(log.filter(({ type }) => type === 'published')).toHaveLength(1);
  for (const [stream, events] of Map.groupBy(log, (event) => event.stream)) {
    const reports = events.filter((event): event is Of<'reported'> => event.type === 'reported');
    const leases = events.filter((event): event is Of<'leased'> => event.type === 'leased');
    // Each attempt leases only what no report before it has brought.
    const total = reports.reduce((sum, { framesDone }) => sum + framesDone, 0);
    if (leases.length > 0) expect(total, `${stream}: ${total} frames reported`).toBe(leases[0]!.frames);
  }
}, 300_000);
