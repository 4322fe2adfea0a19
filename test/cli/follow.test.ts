import { expect, test } from 'vitest';
import { follow } from '#cli/follow.ts';
import { controlOf, worldOf } from './double.ts';
import { finished, record, START } from './example-render.ts';

/** What is written on a terminal of this size. */
async function shown(size: { readonly columns: number; readonly rows: number }, of = record) {
  const { cli, out } = worldOf(controlOf([of]), { now: START + 24_000 });
  Object.assign(cli.stdout, { isTTY: true, ...size });
  await follow(cli, controlOf([of]), of.renderId, { signal: AbortSignal.abort(), quiet: false });
  return out();
}

test.each([
  ['a terminal', { columns: 100, rows: 30 }],
  ['one that says it has no size', { columns: 0, rows: 0 }],
])('%s shows frames of running slices, and what each worker does', async (_, size) => {
  const text = await shown(size);
  // Four of slice 0 that are reported, two of slice 1 that a beat told of.
  expect(text).toContain('6/12 frames');
  expect(text).toMatch(/local-2 {2}slice 1 {2}frame 7 {2}45 %/);
});

test('a flat terminal is not overrun', async () => {
  const text = await shown({ columns: 100, rows: 1 });
  expect(text).not.toContain('film/sq01/sh010 v003  rendering');
});

test('in the end it says how it ended, below everything', async () => {
  expect(await shown({ columns: 0, rows: 0 }, finished)).toMatch(
    /done, 12 frames of 12\nin .*\n {2}a\.0001\.png\n$/,
  );
});
