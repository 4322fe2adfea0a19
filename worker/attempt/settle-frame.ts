import { copyFileSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Fault } from '#shared/core/fault.ts';
import type { Part } from '#shared/core/part.ts';
import type { Format } from '#shared/core/settings.ts';
import { hashFile } from '#worker/hash-file.ts';
import type { Lanes } from '#worker/lanes.ts';
import { fileAt, type LocalFile, type Upload } from '#worker/lease/upload.ts';
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
  /** When nothing is to be seen. */
  readonly blank?: 'black' | 'transparent';
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
export const frameName = (frame: number, part: number, extension: string, stem = 'f'): string =>
  `${stem}_${frame < 0 ? '-' : ''}${String(Math.abs(frame)).padStart(7, '0')}_p${part}${extension}`;

/**
 * Moves a frame's files from the renderer's folder to the attempt's the moment they are told of: what
 * stays there counts against the renderer's limit for good, and outlives the attempt. BROKEN_FRAME when
 * there is no such file.
 */
export function takeFrame(rendered: RenderedFrame, attempt: Attempt, scene: OpenedScene, directory: string) {
  const { frame } = rendered;
  const name = frameName(frame, attempt.order.partIndex, scene.extension);
  const path = join(directory, name);
  takeFile(rendered.path, path);
  if (rendered.preview === undefined) return { name, path };
  const previewName = frameName(frame, attempt.order.partIndex, extname(rendered.preview), 'preview');
  const preview = { name: previewName, path: join(directory, previewName) };
  takeFile(rendered.preview, preview.path);
  return { name, path, preview };
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
    const { size, sha256, pixels, blank } = verified;
    const upload = (file: LocalFile) => tools.uploading(() => tools.upload(file, ends.settling));
    const [key, preview] = await Promise.all([
      upload(fileAt(taken.path, { name: taken.name, size, sha256 })),
      taken.preview && uploadPreview(taken.preview, upload),
    ]);
    attempt.frames.set(frame, {
      movieFile: taken.preview?.path ?? taken.path,
      reported: {
        frame,
        part: order.partIndex,
        ...{ key, size, sha256, pixels },
        width: verified.width,
        height: verified.height,
        ...(preview && { preview }),
        ...(blank && { blank }),
        seconds: rendered.seconds,
        warnings: [...rendered.warnings, ...(verified.warnings ?? [])],
      },
    });
    if (!order.movie || taken.preview) await rm(taken.path, { force: true });
    return undefined;
  } catch (error) {
    if (ends.settling.aborted) return undefined;
    if (error instanceof Fault && error.code === 'BROKEN_FRAME') return error;
    if (error instanceof Fault && error.code === 'CANCELLED') ends.lose(error.message);
    else attempt.failures.set(frame, { frame, ...reasonOf(error), permanent: false });
    return undefined;
  }
}

async function uploadPreview(
  { name, path }: { readonly name: string; readonly path: string },
  upload: (file: LocalFile) => Promise<string>,
) {
  const { size } = await stat(path);
  const sha256 = await hashFile(path);
  return { key: await upload(fileAt(path, { name, size, sha256 })), size, sha256 };
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
