import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acceptFrame } from '#worker/renderer/accept.ts';
import type { LogSign } from '#worker/renderer/log-signs.ts';
import { driverMessage } from '#worker/renderer/protocol.ts';
import { folder } from './renderer-rig.ts';

const directory = folder('accept');
const delivery = {
  ...{ told: '/out/r1-1', scratch: join(directory, 'scratch'), accepted: join(directory, 'accepted') },
  allowMissing: false,
};
mkdirSync(delivery.scratch);
mkdirSync(delivery.accepted);
writeFileSync(join(directory, 'secret'), 'of the host');

const accept = (path: string, signs: readonly LogSign[] = [], allowMissing = false) =>
  acceptFrame(
    { mark: 1, is: 'frame', frame: 1, path, seconds: 1, warnings: [] },
    { signs, tail: [] },
    { ...delivery, allowMissing },
  );
const write = (name: string, text = 'pixels') => writeFileSync(join(delivery.scratch, name), text);

test('a frame is moved to where Blender cannot reach it', () => {
  write('f.png');
  expect(accept('/out/r1-1/f.png')).toMatchObject({ ok: true, path: join(delivery.accepted, 'f.png') });
  expect(existsSync(join(delivery.scratch, 'f.png'))).toBe(false);
});

test.each(['/out/r1-1/none.png', '/out/r1-2/f.png', '/etc/passwd', '/out/r1-1/..', '/out/r1-1/empty.png'])(
  'what is no file of this render is none: %s',
  (path) => {
    write('empty.png', '');
    expect(accept(path)).toMatchObject({ ok: false, code: 'RENDERER_FAILED', permanent: false });
  },
);

test('a link to a file of the host is no frame', () => {
  symlinkSync(join(directory, 'secret'), join(delivery.scratch, 'link.png'));
  expect(accept('/out/r1-1/link.png')).toMatchObject({ ok: false, code: 'RENDERER_FAILED' });
});

test.each([
  ['fail', false, { ok: false, code: 'RENDERER_FAILED', permanent: false }],
  ['refuse', true, { ok: false, code: 'REFUSED', permanent: true }],
  ['missing', false, { ok: false, code: 'REFUSED', permanent: true }],
  ['missing', true, { ok: true, warnings: [{ code: 'RENDERER_FAILED', message: 'why' }] }],
  ['warn', false, { ok: true, warnings: [{ code: 'RENDERER_FAILED', message: 'why' }] }],
] as const)('a line that means %s (missing allowed: %s) decides', (effect, allowMissing, outcome) => {
  write('g.png');
  const sign = { code: 'RENDERER_FAILED', effect, message: 'why' };
  expect(accept('/out/r1-1/g.png', [sign], allowMissing)).toMatchObject(outcome);
});

test.each([
  { mark: 1, is: 'frame', frame: 1, path: 'f.png', seconds: 1, warnings: [] },
  { mark: 1, is: 'frame', frame: 1, path: '/out/../etc/passwd', seconds: 1, warnings: [] },
  { mark: 1, is: 'failed', frame: 1, code: 'SHOUT', message: '', permanent: false },
  { mark: 1, is: 'failed', frame: 1, code: 'REFUSED', message: 'x'.repeat(20_000), permanent: false },
  { is: 'ready' },
])('an answer that no driver of ours gives is none: %j', (answer) => {
  expect(driverMessage.safeParse(answer).success).toBe(false);
});
