import { PassThrough, Readable, Writable } from 'node:stream';
import type { Cli } from '#cli/context.ts';
import type { Control, RenderRecord, RunOptions } from '#cli/control.ts';
import { viewRender } from '#cli/render-view.ts';
import type { Report } from '#events/report.ts';
import { Fault } from '#shared/core/fault.ts';

/** A Dropframe that holds these renders and does what it is asked at once. */
export function controlOf(
  records: readonly RenderRecord[],
  reports?: readonly Report[],
): Control & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  return {
    asked,
    submit: async ({ shot }) => {
      asked.push(`submit ${shot}`);
      return { renderId: records[0]?.renderId ?? 'none' };
    },
    list: async () =>
      records.flatMap((record) => {
        const view = viewRender(record, 0);
        if (!view) return [];
        const { renderId, shot, name, version, phase, createdAt, changedAt } = view;
        return [{ renderId, shot, name, shotVersion: version, phase, createdAt, changedAt }];
      }),
    rejects: async () => [],
    read: async (renderId) => records.find((record) => record.renderId === renderId),
    reports: async (renderId, slice) =>
      (reports ?? []).filter((one) => one.renderId === renderId && one.slice === slice),
    rendererLog: async ({ log }) => log && '[frame 1] Sample 1/16\nRead blend\n[frame 2] \u001b[31mSample\n',
    cancel: async (renderId, why) => {
      asked.push(`cancel ${renderId}: ${why}`);
    },
    retry: async (renderId, why) => {
      if (asked.includes(`retry ${renderId}`)) throw new Fault('CONFLICT', 'nothing failed');
      asked.push(`retry ${renderId}: ${why}`);
    },
    close: async () => {
      asked.push('close');
    },
  };
}

interface Seen {
  readonly out: () => string;
  readonly err: () => string;
  readonly cli: Cli;
  readonly ran: RunOptions[];
}

function collecting(): { readonly stream: Writable; readonly text: () => string } {
  const pieces: string[] = [];
  const stream = new Writable({
    write(piece, _, done) {
      pieces.push(String(piece));
      done();
    },
  });
  return { stream, text: () => pieces.join('') };
}

/** The outside world of a command, in memory. */
export function worldOf(
  control: Control,
  given: {
    readonly stdin?: string;
    readonly cwd?: string;
    readonly now?: number;
    readonly abort?: AbortSignal;
  } = {},
): Seen {
  const out = collecting();
  const err = collecting();
  const ran: RunOptions[] = [];
  const cli: Cli = {
    stdin: given.stdin === undefined ? new PassThrough() : Readable.from([given.stdin]),
    stdout: out.stream,
    stderr: err.stream,
    env: {},
    cwd: given.cwd ?? '/nowhere',
    now: () => given.now ?? 0,
    stopAsked: () => ({ signal: given.abort ?? new AbortController().signal, release: () => {} }),
    local: async () => ({
      open: async () => control,
      run: async (_, options) => {
        ran.push(options);
        return { control, url: 'http://127.0.0.1:1', workers: 2, stop: () => control.close() };
      },
    }),
    exitCode: 0,
  };
  return { out: out.text, err: err.text, cli, ran };
}
