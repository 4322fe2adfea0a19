import { expect, test } from 'vitest';
import { createRendererLog } from '#worker/attempt/renderer-log.ts';

test('nothing printed is nothing kept', () => expect(createRendererLog().text()).toBeUndefined());

test('the first and the last lines are kept, and how many are between', () => {
  const log = createRendererLog();
  for (let line = 1; line <= 20_000; line += 1) log.add({ text: `line ${line}` });
  const lines = log.text()!.trimEnd().split('\n');
  expect(lines.slice(0, 2)).toEqual(['line 1', 'line 2']);
  expect(lines.at(-1)).toBe('line 20000');
  expect(lines.length).toBeLessThan(5000);
  const [gap] = lines.filter((line) => line.includes('left out'));
  const kept = lines.length - 1;
  expect(gap).toBe(`… ${20_000 - kept} lines left out …`);
});

test('a line says its frame, and has an end', () => {
  const log = createRendererLog();
  log.add({ text: 'x'.repeat(10_000), frame: -3 });
  expect(log.text()).toMatch(/^\[frame -3\] x{400}\n$/);
});
