import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crashed, describeExit } from '#worker/renderer/exit.ts';
import { readProgress, readSign } from '#worker/renderer/log-signs.ts';
import { createMarkedLog } from '#worker/renderer/marked-log.ts';

describe('a line of Blender', () => {
  test.each([
    ['OpenEXR-writePixels: ERROR', 'fail', 'RENDERER_FAILED', /disk full/],
    [
      "Error: Render error (No space left on device) cannot save: '/out/f.png'",
      'fail',
      'RENDERER_FAILED',
      /No space/,
    ],
    ['/out/f.png: No space left on device', 'fail', 'RENDERER_FAILED', /disk is full/],
    [
      "Error: Engine 'LUXCOR' not available for scene 'Main' (…)",
      'refuse',
      'engine-not-available',
      /'Main'.*'LUXCOR'/,
    ],
    [
      "00:01.329  reports | Error: Engine 'X' not available for scene 'S'",
      'refuse',
      'engine-not-available',
      /'X'/,
    ],
    [
      "Info: LIB: Mesh: 'A b' missing from '/l.blend', parent '<direct>'",
      'missing',
      'missing-linked-data',
      /Mesh 'A b'/,
    ],
    [
      "BPY_driver_exec: restricted access disallows name 'data', enable",
      'refuse',
      'driver-blocked',
      /'data'/,
    ],
    ['Error in PyDriver: expression failed: 1/0', 'warn', 'driver-invalid', /1\/0/],
    ["vfont_get_data: Font file doesn't exist: /f.ttf", 'missing', 'missing-font', /font/],
    ['System is out of GPU memory', 'fail', 'RENDERER_FAILED', /memory/],
    ['Calloc returns null: len=1 in x, total 2', 'fail', 'RENDERER_FAILED', /memory/],
    ['CUDA error: Illegal address in cuCtxSynchronize', 'fail', 'RENDERER_FAILED', /device failed/],
    ['Error: Something new', 'warn', 'renderer-error', /Something new/],
  ] as const)('%s', (line, effect, code, message) => {
    expect(readSign(line)).toMatchObject({ effect, code, message: expect.stringMatching(message) });
  });

  test.each([
    'EGL Error (0x3009): EGL_BAD_MATCH: Arguments are inconsistent',
    'Managed to successfully fallback to surfaceless EGL rendering!',
    "Saved: '/out/Error.png'",
    'Fra:3 Mem:9.04M (Peak 10.83M) | Time:00:00.00 | Scene, ViewLayer | Sample 1/4',
    "Info: Read library:  '/scene/lib.blend', '//lib.blend', parent '<direct>'",
  ])('means nothing: %s', (line) => expect(readSign(line)).toBeUndefined());

  test.each([
    ['Fra:12 Mem:16M (Peak 16M) | Time:00:00.29 | Remaining:00:02.81 | Scene, L | Sample 4/16', 12, 0.25],
    ['Fra:-1 Mem:17.33M (Peak 17.64M) | Time:00:01.25 | Rendering 8 / 16 samples', -1, 0.5],
    ['00:00.300  render           | Fra: 1 | Rendering 8 / 16 samples', 1, 0.5],
    ['00:01.000  render | Fra: 7 | Remaining: 01:43.73 | Mem: 1699M | Sample 128/128', 7, 1],
    ['Fra:7 | Sample 0/0', 7, 0],
  ])('tells progress: %s', (line, frame, done) => expect(readProgress(line)).toEqual({ frame, done }));

  test.each(['Fra:12 Mem:16M | Scene, L | Finished', "Saved: 'Sample 1/2'", ''])('tells none: %s', (line) =>
    expect(readProgress(line)).toBeUndefined(),
  );

  test('of any kind does no harm', () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        readSign(`Error${line}`);
        readProgress(`Fra:${line}`);
      }),
    );
  });
});

describe('a marked log', () => {
  const follow = () => {
    const stream = new PassThrough();
    const lines: string[] = [];
    const marks: number[] = [];
    const log = createMarkedLog(stream, 'TOKEN', {
      onLine: (line) => lines.push(line),
      onMark: () => marks.push(log.mark()),
    });
    return { stream, lines, marks, log };
  };
  const ended = (stream: PassThrough) => new Promise((resolve) => stream.once('end', resolve).end());

  test('gives each line to the passage it was printed in, however the bytes arrive', async () => {
    const text = 'one\nError: two é\n\n\x1dTOKEN 1\nthree\n\x1dOTHER 9\n\n\x1dTOKEN 2\nfour';
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(Buffer.byteLength(text))), async (cuts) => {
        const { stream, lines, marks, log } = follow();
        const bytes = Buffer.from(text);
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        for (const [index, place] of places.entries()) stream.write(bytes.subarray(place, places[index + 1]));
        await ended(stream);
        expect(marks).toEqual([1, 2]);
        expect(log.take(1)).toEqual({
          tail: ['one', 'Error: two é'],
          signs: [expect.objectContaining({ code: 'renderer-error' })],
        });
        expect(log.take(2).tail).toEqual(['three', '\x1dOTHER 9']);
        expect(log.take(2).tail).toEqual([]);
        expect(log.rest().tail).toEqual(['four']);
        expect(lines).toHaveLength(5);
      }),
      { numRuns: 50 },
    );
  });

  test('stays small whatever is printed', async () => {
    const { stream, log } = follow();
    for (let line = 0; line < 5000; line += 1) stream.write(`Error: number ${line}\n`);
    stream.write('x'.repeat(5_000_000));
    await ended(stream);
    const { signs, tail } = log.rest();
    expect([signs.length, tail.length]).toEqual([50, 12]);
    expect(tail.at(-1)).toHaveLength(4096);
  });
});

describe('the end of a process', () => {
  const said = { signs: [], tail: ['last words'] };
  test.each([
    [{ code: 139, signal: null }, /crashed \(segmentation fault\)\. It last said: last words$/, true],
    [{ code: 134, signal: null }, /aborted itself/, true],
    [{ code: null, signal: 'SIGKILL' }, /killed from outside/, false],
    [{ code: 7, signal: null }, /exit code 7/, false],
    [{ code: 129, signal: null }, /ended by SIGHUP/, false],
  ] as const)('%j', (end, words, crash) => {
    const exit = { ...end, passage: said, killedFor: undefined };
    expect(describeExit(exit)).toMatch(words);
    expect(crashed(exit)).toBe(crash);
  });

  test('that this side has ended is told as that', () => {
    const exit = {
      code: null,
      signal: 'SIGKILL' as const,
      passage: { signs: [], tail: [] },
      killedFor: 'hung',
    };
    expect(describeExit(exit)).toBe('Blender hung.');
    expect(crashed({ ...exit, code: 139, signal: null })).toBe(false);
  });
});
