import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '#shared/core/fault.ts';
import type { EncodeSegment } from '#worker/attempt/segment.ts';
import type { VerifyFrame } from '#worker/attempt/settle-frame.ts';
import type { FrameJob, OpenedScene, SceneProblem } from '#worker/renderer/renderer.ts';
import type { OpenRenderer } from '#worker/warm-renderer.ts';
import { sha256 } from './control-double.ts';

/** What happens to one rendering of one frame. `hang` lasts until the abort. */
export type Behaviour = 'good' | 'broken' | 'unwritten' | 'fails' | 'crashes' | 'hangs' | Promise<unknown>;

/** A renderer that writes real files and does what the script says with each frame. */
export function createScriptedRenderer() {
  const takes = new Map<number, number>();
  const watchers = new Set<() => void>();
  const script = {
    scene: {
      engine: 'CYCLES',
      width: 64,
      height: 36,
      fps: { numerator: 24, denominator: 1 },
      extension: '.png',
      format: 'png',
      device: 'optix',
      animated: true,
      problems: [] as SceneProblem[],
    } satisfies OpenedScene,
    behave: (_frame: number, _take: number): Behaviour => 'good',
    pixels: (frame: number): string => `pixels of ${frame}`,
    /** What it prints about a frame. */
    says: (_frame: number): string | undefined => undefined,
    openFault: undefined as Error | undefined,
    opened: [] as Parameters<OpenRenderer>[0][],
    closed: 0,
    jobs: [] as FrameJob[],
    begun: [] as number[],
    /** Bytes of the scene file as each opened Blender saw it. */
    seen: [] as string[],
    whenBegun: (frame: number): Promise<void> =>
      new Promise((resolve) => {
        const look = () => {
          if (script.begun.includes(frame)) resolve();
        };
        watchers.add(look);
        look();
      }),
  };

  const openRenderer: OpenRenderer = async (options) => {
    script.opened.push(options);
    if (script.openFault) throw script.openFault;
    script.seen.push(await readFile(join(options.sceneDirectory, options.main), 'utf8'));
    return {
      scene: script.scene,
      render: async (job, { onFrame, onProgress, signal }) => {
        script.jobs.push(job);
        for (const frame of job.frames) {
          if (signal?.aborted) return;
          const take = (takes.get(frame) ?? 0) + 1;
          takes.set(frame, take);
          onProgress?.({ frame, done: 0.5, note: `Sample ${take}` });
          const text = script.says(frame);
          if (text !== undefined) options.log({ text, frame });
          script.begun.push(frame);
          for (const look of watchers) look();
          const behaviour = script.behave(frame, take);
          if (typeof behaviour === 'object') await behaviour;
          if (behaviour === 'crashes') throw new Fault('RENDERER_FAILED', 'Blender ended with signal 11.');
          if (behaviour === 'hangs') {
            await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
            onFrame({ frame, ok: false, code: 'CANCELLED', message: 'given up', permanent: false });
            return;
          }
          if (behaviour === 'fails') {
            onFrame({ frame, ok: false, code: 'RENDERER_FAILED', message: 'no memory', permanent: true });
            continue;
          }
          const path = join(options.outputDirectory, `${frame}.png`);
          const content = behaviour === 'broken' ? 'broken' : script.pixels(frame);
          if (behaviour !== 'unwritten') await writeFile(path, content);
          const preview = join(options.outputDirectory, `${frame}.preview.png`);
          if (job.preview) await writeFile(preview, `preview of ${frame};`);
          onFrame({
            frame,
            ok: true,
            path,
            ...(job.preview && { preview }),
            seconds: 1.5,
            warnings: frame === 3 ? [{ code: 'SLOW', message: 'Frame 3 was slow.' }] : [],
          });
        }
      },
      close: async () => {
        script.closed++;
      },
    };
  };
  return { script, openRenderer };
}

export const verifyFrame: VerifyFrame = async (path, { width, height }) => {
  const bytes = await readFile(path);
  if (bytes.toString() === 'broken') throw new Fault('BROKEN_FRAME', 'The file does not decode.');
  return { size: bytes.length, sha256: sha256(bytes), pixels: sha256(`decoded ${bytes}`), width, height };
};

export const encodeSegment: EncodeSegment = async ({ files, output }) => {
  const contents = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  await writeFile(output, contents.join(''));
  return { width: 64, height: 36 };
};
