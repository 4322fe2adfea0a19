import { expect, test } from 'vitest';
import { run } from '#cli/program.ts';
import type { Report } from '#events/report.ts';
import { controlOf, worldOf } from './double.ts';
import { record } from './example-render.ts';

/** Two attempts at slice 0 that kept what Blender printed, and one that did not. */
const reports = [1, 2, 3].map(
  (attempt): Report => ({
    ...{ type: 'report.v1', renderId: record.renderId, slice: 0, attempt, worker: `local-${attempt}` },
    ...{ ended: 'failed', startedAt: 0, finishedAt: 1, frames: [], failures: [], warnings: [] },
    ...(attempt < 3 && { log: { key: 'k', size: 9 } }),
  }),
);

async function dropframe(...words: string[]) {
  const world = worldOf(controlOf([record], reports));
  await run(words, world.cli);
  return world.out().trimEnd().split('\n');
}

test('logs: the events, then what Blender printed in each attempt, with the frames, harmless to a terminal', async () => {
  const lines = await dropframe('logs', 'last');
  expect(lines.slice(record.events.length)).toEqual([
    '',
    'Blender on local-1, attempt 1 of slice 0:',
    '  frame 1: Sample 1/16',
    '  Read blend',
    '  frame 2: �[31mSample',
    '',
    'Blender on local-2, attempt 2 of slice 0:',
    '  frame 1: Sample 1/16',
    '  Read blend',
    '  frame 2: �[31mSample',
  ]);
});

test('logs of a frame: what was printed during it and during none; nothing of slices that do not hold it', async () => {
  const lines = await dropframe('logs', 'last', '1');
  expect(lines.filter((line) => line.startsWith('  '))).toEqual(
    Array(2).fill(['  Sample 1/16', '  Read blend']).flat(),
  );
  expect((await dropframe('logs', 'last', '5')).join('\n')).not.toContain('Blender on');
});

test('logs --json: one object a line, events first', async () => {
  const objects = (await dropframe('logs', 'last', '2', '--json')).map((line) => JSON.parse(line));
  expect(objects[0]).toMatchObject({ type: 'requested', at: '2027-01-01T12:00:00.000Z' });
  expect(objects.filter(({ type }) => type === 'printed').slice(0, 2)).toEqual([
    { type: 'printed', slice: 0, attempt: 1, worker: 'local-1', text: 'Read blend' },
    { type: 'printed', slice: 0, attempt: 1, worker: 'local-1', frame: 2, text: '\u001b[31mSample' },
  ]);
  expect((await dropframe('logs', 'last', '--json')).length).toBe(record.events.length + 6);
});

test('why shows the end of what Blender printed where the frame failed, and not where nobody asked for it', async () => {
  const [failed, ...others] = (await dropframe('why', 'last', '2')).join('\n').split('  attempt ').slice(1);
  expect(failed).toContain('BROKEN_FRAME: not a whole picture\n    | Read blend\n    | �[31mSample\n');
  expect(failed).not.toContain('1/16');
  expect(others.join('')).not.toContain('|');
  const [story] = JSON.parse((await dropframe('why', 'last', '2', '--json')).join('\n'));
  expect(story.attempts[0].printed).toEqual(['Read blend', '\u001b[31mSample']);
});
