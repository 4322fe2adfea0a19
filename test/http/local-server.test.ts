import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Running } from '#cli/control.ts';
import { local } from '#cli/local/local.ts';

const MIB = 1024 * 1024;

let folder: string;
let running: Running;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dropframe-http-'));
  const place = { root: join(folder, 'root'), inbox: join(folder, 'inbox'), output: join(folder, 'output') };
  for (const path of Object.values(place)) await mkdir(path);
  const options = { workers: 1, port: 0, watchInbox: false, allowUnsandboxed: true };
  running = await local.run(place, options);
});
afterAll(async () => {
  await running?.stop('the test is over');
  await rm(folder, { recursive: true });
});

const post = async (path: string, body: unknown) => {
  const headers = { 'content-type': 'application/json' };
  return await fetch(`${running.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
};

/** `fetch` does not let a caller choose the Host header, as a page's own name does. */
const statusFor = (host: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { port } = new URL(running.url);
    const asked = request({ host: '127.0.0.1', port, path: '/v1/healthz', headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', reject);
    asked.end();
  });

describe('the server of one machine', () => {
  test('listens on this machine only, and answers to its own names only', async () => {
    expect(running.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    for (const own of ['127.0.0.1', 'localhost:4848', '[::1]:4848', 'LOCALHOST']) {
      expect([own, await statusFor(own)]).toEqual([own, 200]);
    }
    const foreign = ['evil.example', 'evil.example:4848', 'localhost.evil.example', '0.0.0.0'];
    for (const name of foreign) expect([name, await statusFor(name)]).toEqual([name, 403]);
  });

  test('takes a file larger than any request once, exactly, and gives it no second time', async () => {
    const bytes = new Uint8Array(9 * MIB).fill(7);
    const file = { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
    const offer = async () =>
      (await (await post('/v1/assets', { files: [file] })).json()) as {
        missing: { url: string; headers: Record<string, string> }[];
      };
    const [place] = (await offer()).missing;
    expect(place).toBeDefined();
    const { url, headers } = place!;
    const other = new Uint8Array(9 * MIB).fill(8);
    expect((await fetch(url, { method: 'PUT', body: other, headers })).status).toBe(400);
    expect((await fetch(url, { method: 'PUT', body: bytes, headers })).status).toBe(201);
    expect((await fetch(url, { method: 'PUT', body: bytes, headers })).status).toBe(412);
    expect(await offer()).toEqual({ missing: [] });
  });

  test('a request larger than any of ours is refused, also for workers', async () => {
    const huge = 'x'.repeat(9 * MIB);
    for (const path of ['/v1/assets', '/v1/lease', '/v1/lease/beat', '/v1/lease/uploads']) {
      expect([path, (await post(path, huge)).status]).toEqual([path, 413]);
    }
  });

  test('shows that nothing is rendered yet', async () => {
    expect(await (await fetch(`${running.url}/v1/renders`)).json()).toEqual({ renders: [] });
  });
});
