import { copyFileSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Fault } from '#shared/core/fault.ts';
import type { Part } from '#shared/core/part.ts';
import type { Format } from '#shared/core/settings.ts';
import type { Lanes } from '#worker/lanes.ts';
import type { Upload } from '#worker/lease/upload.ts';
import type { FrameOutcome, FrameWarning, OpenedScene } from '#worker/renderer/renderer.ts';
import { type Attempt, reasonOf } from './attempt.ts';
import type { Ends } from './ends.ts';

export type RenderedFrame = Extract<FrameOutcome, { ok: true }>;

/** What a frame's file must be. */
export interface ExpectedFrame {
  /** Of the whole frame. */
  readonly width: number;
  readonly height: number;
  readonly format: Format;
  readonly part: Part;
}

export interface VerifiedFrame {
  readonly size: number;
  /** Of the file. */
  readonly sha256: string;
  /** Hash of the decoded pixels. */
  readonly pixels: string;
  readonly width: number;
  readonly height: number;
  readonly warnings?: readonly FrameWarning[];
}

/** Decodes a frame's file whole; BROKEN_FRAME says what is wrong with it. */
export type VerifyFrame = (path: string, expected: ExpectedFrame) => Promise<VerifiedFrame>;

export interface SettleTools {
  readonly directory: string;
  readonly verifyFrame: VerifyFrame;
  readonly verifying: Lanes;
  readonly uploading: Lanes;
  readonly upload: Upload;
}

/** `f_0000012_p0.png`, `f_-0000003_p1.exr`: sorts by frame, and is a legal object and file name everywhere. */
export const frameName = (frame: number, part: number, extension: string): string =>
  `f_${frame < 0 ? '-' : ''}${String(Math.abs(frame)).padStart(7, '0')}_p${part}${extension}`;

/**
 * Takes a frame's files out of Blender's reach the moment they are told of, before the next frame can
 * overwrite them. What is no plain file (a scene's script may have put a link there) is BROKEN_FRAME.
 */
export function takeFrame(rendered: RenderedFrame, attempt: Attempt, scene: OpenedScene, directory: string) {
  const { frame } = rendered;
  const name = frameName(frame, attempt.order.partIndex, scene.extension);
  const path = join(directory, name);
  takeFile(rendered.path, path);
  if (rendered.preview === undefined) return { name, path, movieFile: path };
  const movieFile = join(directory, `preview_${frame}${extname(rendered.preview)}`);
  takeFile(rendered.preview, movieFile);
  return { name, path, movieFile };
}

/**
 * Verifies and uploads one rendered frame. Never rejects: resolves with the fault when the frame is
 * broken and worth rendering again, and with nothing when its fate is in the attempt.
 */
export async function settleFrame(
  rendered: RenderedFrame,
  taken: ReturnType<typeof takeFrame>,
  context: { attempt: Attempt; scene: OpenedScene; ends: Ends; tools: SettleTools },
): Promise<Fault | undefined> {
  const { attempt, scene, ends, tools } = context;
  const { order } = attempt;
  const { frame } = rendered;
  try {
    const { width, height, format } = scene;
    const verified = await tools.verifying(() =>
      tools.verifyFrame(taken.path, { width, height, format, part: order.part }),
    );
    const { size, sha256, pixels } = verified;
    const key = await tools.uploading(() =>
      tools.upload({ name: taken.name, path: taken.path, size, sha256 }, ends.settling),
    );
    attempt.frames.set(frame, {
      movieFile: taken.movieFile,
      reported: {
        frame,
        part: order.partIndex,
        key,
        size,
        sha256,
        pixels,
        width: verified.width,
        height: verified.height,
        seconds: rendered.seconds,
        warnings: [...rendered.warnings, ...(verified.warnings ?? [])],
      },
    });
    if (!order.movie || taken.movieFile !== taken.path) await rm(taken.path, { force: true });
    return undefined;
  } catch (error) {
    if (ends.settling.aborted) return undefined;
    if (error instanceof Fault && error.code === 'BROKEN_FRAME') return error;
    if (error instanceof Fault && error.code === 'CANCELLED') ends.lose(error.message);
    else attempt.failures.set(frame, { frame, ...reasonOf(error), permanent: false });
    return undefined;
  }
}

function takeFile(from: string, to: string): void {
  const info = lstatSync(from, { throwIfNoEntry: false });
  if (!info?.isFile())
    throw new Fault('BROKEN_FRAME', `Blender says that it wrote ${from}, but there is no such file.`);
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    copyFileSync(from, to);
    rmSync(from);
  }
}
