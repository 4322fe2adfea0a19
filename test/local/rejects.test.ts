import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { local } from '#cli/local/local.ts';
import { openState } from '#cli/local/state.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

test('what was refused is read back as it was said; a file that is no refusal is shown as what it is', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'dropframe-rejects-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const place = { root, inbox: path.join(root, 'inbox'), output: path.join(root, 'output') };
  const control = await local.open(place);
  expect(await control.rejects()).toEqual([]);

  const refusal = {
    subject: 'a/b/c/junk.blend',
    code: 'INVALID_SCENE',
    message: 'no scene',
    at: 1_700_000_000_123,
  };
  const state = openState(place, { log: silent, baseUrl: () => '' });
  await state.rejects.send({ ...refusal, raw: { type: 'object-created' } });
  state.close();
  expect(await control.rejects()).toEqual([refusal]);

  await writeFile(path.join(root, 'rejects', 'zzz.json'), 'half a');
  expect(await control.rejects()).toEqual([
    refusal,
    { subject: 'zzz.json', code: 'INVALID_MESSAGE', message: expect.any(String), at: expect.any(Number) },
  ]);
  await control.close();
});
