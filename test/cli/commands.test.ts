import { describe, expect, test } from 'vitest';
import type { Refusal, RenderRecord } from '#cli/control.ts';
import { COMMANDS, createProgram, run } from '#cli/program.ts';
import { controlOf, worldOf } from './double.ts';
import { finished, record, START } from './example-render.ts';

async function dropframe(
  line: string,
  records: readonly RenderRecord[] = [record, finished],
  refusals: readonly Refusal[] = [],
) {
  const control = { ...controlOf(records), rejects: async () => refusals };
  const world = worldOf(control, { now: START + 24_000 });
  await run(line.split(' '), world.cli);
  return { code: world.cli.exitCode, out: world.out(), err: world.err(), asked: control.asked };
}

const helpOf = async (name: string): Promise<string> => {
  const world = worldOf(controlOf([]));
  await run([name, '--help'], world.cli);
  expect(world.cli.exitCode).toBe(0);
  return world.out();
};

/** `$ dropframe a "b c"` → `['a', 'b c']`; what a pipe comes from is left out. */
const examplesIn = (help: string): readonly (readonly string[])[] =>
  [...help.matchAll(/^ {2}\$ .*?dropframe (.*)$/gm)].map(([, line]) =>
    [...line!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!),
  );

describe('help', () => {
  test('of the program: every command, and the exit codes', async () => {
    const help = await helpOf('--help');
    for (const { name, summary } of COMMANDS) {
      expect(help).toMatch(new RegExp(`^ {2}${name} .*${summary.slice(0, 20)}`, 'm'));
    }
    expect(help).toContain('0 done, 1 the render failed, 2 bad usage or input, 3 not found');
    expect(examplesIn(help).length).toBeGreaterThan(2);
  });

  test.each(COMMANDS.map(({ name }) => name))(
    'of %s: examples that parse, --json, the exit codes',
    async (name) => {
      const help = await helpOf(name);
      expect(help).toContain('--json');
      expect(help).toContain('3 not found');
      const examples = [...examplesIn(help), ...examplesIn(await helpOf('--help'))].filter(
        ([first]) => first === name,
      );
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        const world = worldOf(controlOf([]));
        const program = await createProgram(world.cli, name);
        let ran = false;
        program.commands
          .find((command) => command.name() === name)!
          .action(() => {
            ran = true;
          });
        await program.parseAsync(
          example.map((word) => (/^-\d/.test(word) ? word.slice(1) : word)),
          { from: 'user' },
        );
        expect(ran, example.join(' ')).toBe(true);
      }
    },
  );

  test('no command is a usage error that shows the help', async () => {
    const world = worldOf(controlOf([]));
    await run([], world.cli);
    expect(world.cli.exitCode).toBe(2);
    expect(world.out()).toContain('Usage: dropframe');
  });
});

describe('reading commands', () => {
  test('list: newest first, and as JSON', async () => {
    const { out, code } = await dropframe('list');
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.split(/\s/)[0])).toEqual(['render', 'r-done', 'r-abcdef', '']);
    const json = JSON.parse((await dropframe('list --json')).out);
    expect(json[0]).toEqual({
      renderId: 'r-done',
      shot: 'film/sq01/sh010',
      name: 'hero',
      shotVersion: 3,
      phase: 'done',
      createdAt: '2027-01-01T12:01:40.000Z',
      changedAt: '2027-01-01T12:01:51.000Z',
    });
    expect((await dropframe('list', [])).out).toMatch(/^no renders yet/);
  });

  test('list --rejects: what was refused and why, newest first, harmless to a terminal, and as JSON', async () => {
    const refusals = [
      { subject: 'a/b/c/junk.blend', code: 'INVALID_SCENE', message: 'no scene', at: START },
      { subject: 'a/b/c/\u001b[2J.blend', code: 'INVALID_INPUT', message: 'rename it', at: START + 1000 },
    ];
    const list = (words: string) => dropframe(words, [], refusals);
    const lines = (await list('list --rejects')).out.split('\n');
    expect(lines.map((line) => line.replace(/^\d{4}-\d\d-\d\d [\d:]{8}/, 'time'))).toEqual([
      'time  a/b/c/�[2J.blend',
      '  INVALID_INPUT: rename it',
      'time  a/b/c/junk.blend',
      '  INVALID_SCENE: no scene',
      '',
    ]);
    const [, older] = JSON.parse((await list('list --rejects --json')).out);
    expect(older).toEqual({ ...refusals[0], at: '2027-01-01T12:00:00.000Z' });
    expect((await dropframe('list --rejects')).out).toBe('nothing was refused\n');
  });

  test('status: by id, by the start of an id, by shot, as JSON', async () => {
    expect((await dropframe('status r-abcdef')).out).toContain('6/12 frames');
    expect((await dropframe('status r-ab')).out).toContain('6/12 frames');
    expect((await dropframe('status sh010')).out).toContain('done, 12 frames of 12');
    expect((await dropframe('status film/sq01/sh010@v003')).out).toContain('r-done');
    const json = JSON.parse((await dropframe('status r-abcdef --json')).out);
    expect(json).toMatchObject({
      renderId: 'r-abcdef',
      phase: 'rendering',
      planned: 12,
      done: 4,
      final: false,
    });
    expect(json.createdAt).toBe('2027-01-01T12:00:00.000Z');
  });

  test('why and logs', async () => {
    expect((await dropframe('why r-abcdef 2')).out).toMatch(/^frame 2: done: local-1 rendered it/);
    const [story] = JSON.parse((await dropframe('why r-abcdef 2 --json')).out);
    expect(story).toMatchObject({ frame: 2, state: 'done', slices: [0] });
    expect(story.attempts[0].startedAt).toBe('2027-01-01T12:00:04.000Z');
    const lines = (await dropframe('logs r-abcdef')).out.trim().split('\n');
    expect(lines).toHaveLength(record.events.length);
    expect(lines[0]).toMatch(/render {5}requested: hero for film\/sq01\/sh010 \(dropped\) {2}\[test\]$/);
    const ofFrame = (await dropframe('logs r-abcdef 12 --json')).out.trim().split('\n');
    expect(ofFrame.map((line) => JSON.parse(line).stream)).toEqual(Array(4).fill('render'));
  });

  test('cancel and retry say it, once each, and close', async () => {
    const cancelled = await dropframe('cancel r-abcdef --why wrong');
    expect(cancelled.asked).toEqual(['cancel r-abcdef: wrong', 'close']);
    expect(cancelled.out).toContain('cancelled');
    const retried = await dropframe('retry r-done --json');
    expect(retried.asked[0]).toMatch(/^retry r-done/);
    expect(JSON.parse(retried.out)).toEqual({ renderId: 'r-done', retry: true });
  });
});

describe('exit codes and errors', () => {
  test.each([
    ['status nope', 3, 'NOT_FOUND'],
    ['why r-abcdef 99', 3, 'NOT_FOUND'],
    ['why r-abcdef twelve', 2, 'INVALID_INPUT'],
    ['status', 2, 'INVALID_INPUT'],
    ['status r-abcdef --nope', 2, 'INVALID_INPUT'],
    ['statsu r-abcdef', 2, 'INVALID_INPUT'],
    ['up --port 99999', 2, 'INVALID_INPUT'],
    ['up --workers 0', 2, 'INVALID_INPUT'],
    ['frames 1-x', 2, 'INVALID_FRAME_RANGE'],
    ['frames 1-99999999', 2, 'INVALID_FRAME_RANGE'],
    ['push shot.blend --to film/sq01', 2, 'INVALID_INPUT'],
    ['push shot.blend --to film/sq01/sh010', 3, 'NOT_FOUND'],
    ['inspect shot.blend', 3, 'NOT_FOUND'],
    ['plan shot.blend --tiles 0x0', 2, 'INVALID_INPUT'],
    ['render shot.blend --deliverables moovie', 2, 'INVALID_INPUT'],
  ])('%s: %i', async (line, code, faultCode) => {
    const told = await dropframe(line);
    expect(told.code).toBe(code);
    expect(told.err).toMatch(/^dropframe: /);
    expect(told.out).toBe('');
    const asJson = await dropframe(`${line} --json`);
    expect(asJson.code).toBe(code);
    expect(asJson.err).toBe('');
    expect(JSON.parse(asJson.out)).toMatchObject({ error: { code: faultCode, message: expect.any(String) } });
  });

  test('what nobody expected is a failure, without a stack unless asked', async () => {
    const broken = {
      ...record,
      get events(): never {
        throw new TypeError('boom');
      },
    };
    const told = await dropframe('status r-abcdef', [record]);
    expect(told.code).toBe(0);
    const control = { ...controlOf([record]), read: async () => broken };
    const world = worldOf(control);
    await run(['status', 'r-abcdef'], world.cli);
    expect(world.cli.exitCode).toBe(1);
    expect(world.err()).toBe(
      'dropframe: boom\nThis is a fault of Dropframe or of the machine; DEBUG=1 shows where.\n',
    );
  });
});
