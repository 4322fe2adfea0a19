import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RenderRecord } from '#cli/control.ts';
import { run } from '#cli/program.ts';
import { controlOf, worldOf } from './double.ts';
import { finished, logOf, record, requested, START } from './example-render.ts';

describe('render and up', () => {
  const scene = join(import.meta.dirname, '..', '..', 'examples', 'zoetrope.blend');
  const failed: RenderRecord = {
    renderId: 'r-failed',
    events: logOf([
      [0, 'render', requested],
      [1, 'render', { type: 'failed', code: 'REFUSED', message: 'no camera' }],
    ]),
    doneUnits: [],
    pulses: [],
  };
  const render = async (
    held: RenderRecord,
    options: readonly string[] = [],
    abort = new AbortController(),
  ) => {
    const control = controlOf([held]);
    const world = worldOf(control, { now: START + 24_000, abort: abort.signal });
    await run(['render', scene, '--samples', '2', ...options], world.cli);
    return {
      code: world.cli.exitCode,
      out: world.out(),
      err: world.err(),
      asked: control.asked,
      ran: world.ran,
    };
  };

  test('a render that is done exits with 0 and says where, and what it would have cost', async () => {
    const { code, out, asked, ran } = await render(finished, ['--workers', '3', '--shot', 'film/sq01/sh010']);
    expect(code).toBe(0);
    expect(out).toMatch(/done, 12 frames of 12\nin \/out\/sh010:\n {2}a\.0001\.png\ncost: nothing here; /);
    expect(asked).toEqual(['submit film/sq01/sh010', 'close']);
    expect(ran).toEqual([{ workers: 3, allowUnsandboxed: false, watchInbox: false }]);
  });
  test('a scene without a production gets a shot after its folder and name', async () => {
    expect((await render(finished)).asked[0]).toBe('submit local/examples/zoetrope');
  });
  test('one that failed before is asked again, and exits with 1 when it fails', async () => {
    const { code, out, asked } = await render(failed);
    expect(code).toBe(1);
    expect(asked).toEqual(['submit local/examples/zoetrope', 'retry r-failed: dropframe render', 'close']);
    expect(out).toContain('REFUSED: no camera');
  });
  test('as JSON: one document, with the cost', async () => {
    const { out, code } = await render(finished, ['--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      phase: 'done',
      done: 12,
      cost: { currency: 'USD', machineSeconds: 0 },
    });
  });
  test('stopped by a signal: set aside after everything was handed back, exit code 1', async () => {
    const abort = new AbortController();
    abort.abort('SIGINT');
    const { code, out, asked } = await render(record, [], abort);
    expect(code).toBe(1);
    expect(out).toMatch(/stopped; the same command goes on/);
    expect(asked.slice(1)).toEqual(['close', 'cancel r-abcdef: asked to stop: SIGINT', 'close']);
  });
  test('a price table of one’s own', async () => {
    const told = await render(finished, ['--prices', join(import.meta.dirname, 'no-such-table.yaml')]);
    expect([told.code, told.asked]).toEqual([3, []]);
  });

  test('up says where things are, runs until asked to stop, and stops cleanly', async () => {
    const abort = new AbortController();
    abort.abort('SIGTERM');
    const control = controlOf([]);
    const world = worldOf(control, { abort: abort.signal });
    await run(['up', '--inbox', 'in', '--port', '0'], world.cli);
    expect(world.cli.exitCode).toBe(0);
    expect(world.out()).toContain('inbox   /nowhere/in/<project>');
    expect(world.out()).toMatch(/stopped; nothing is lost/);
    expect(world.ran).toEqual([{ allowUnsandboxed: false, port: 0, watchInbox: true }]);
    expect(control.asked).toEqual(['close']);
  });
});
