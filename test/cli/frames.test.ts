import { describe, expect, test } from 'vitest';
import { run } from '#cli/program.ts';
import { controlOf, worldOf } from './double.ts';

describe('frames', () => {
  const frames = async (line: string, stdin: string) => {
    const world = worldOf(controlOf([]), { stdin });
    await run(line.split(' '), world.cli);
    return { code: world.cli.exitCode, out: world.out(), err: world.err() };
  };

  test('many, from standard input, as JSON: errors are data', async () => {
    const { out, code } = await frames('frames - --json', '1-5\r\n1-\n\n3,1\n');
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toEqual({ input: '1-5', frames: [1, 2, 3, 4, 5] });
    expect(lines[1]).toEqual({ input: '1-', error: expect.stringContaining('"1-"') });
    expect(lines[2].input).toBe('');
    expect(lines[3]).toEqual({ input: '3,1', frames: [3, 1] });
  });
  test('many, for people: errors are told, the rest is printed', async () => {
    const { out, err, code } = await frames('frames -', '1-3\nx\n5\n');
    expect(out).toBe('1 2 3\n5\n');
    expect(err).toMatch(/^dropframe: frame range "x"/);
    expect(code).toBe(2);
  });
  test.each([
    ['frames 1-10x3', '1 4 7 10\n'],
    ['frames -2-2', '-2 -1 0 1 2\n'],
    ['frames 1-10:4 --dialect openjd', '1 5 9\n'],
    ['frames 1-10 --chunk 4', '1-4\n5-8\n9-10\n'],
    ['frames 1-10 --chunk 4 --dialect openjd', '1-4\n5-7\n8-10\n'],
    ['frames 1-3,7-9 --chunk 4 --contiguous', '1-3\n7-9\n'],
    ['frames 1-4 --chunk 3 --json', '{"input":"1-4","frames":[1,2,3,4],"chunks":["1-3","4"]}\n'],
  ])('%s', async (line, expected) => expect((await frames(line, '')).out).toBe(expected));
});
