import { constants } from 'node:fs';
import { copyFile, link, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { frameFileName } from '#shared/core/names.ts';
import { createLanes } from '#worker/lanes.ts';
import { cancelled, deliveredFile } from './checked-file.ts';
import type { Deliverable } from './deliverable.ts';

const AT_ONCE = 4;
/** Another file system, one without links, or a file that already has as many as it may. */
const NOT_LINKABLE = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EACCES'];

/** Gives a file a second name; copies it where that is not possible. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  try {
    await link(from, to);
  } catch (error) {
    if (!NOT_LINKABLE.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

/** Every frame that is there, one file each: `sh010_v003.0012.exr`. Each is checked against the manifest's hash. */
export const sequence: Deliverable = async ({ frames, manifest, output, base, signal }) => {
  const lanes = createLanes(AT_ONCE);
  const whole = manifest.parts.length <= 1;
  const hashes = new Map(manifest.frames.map(({ frame, sha256 }) => [frame, sha256]));
  return await Promise.all(
    frames.numbers.map((frame) =>
      lanes(async () => {
        if (signal?.aborted) throw cancelled();
        const name = frameFileName(base, frame, manifest.extension);
        const path = await frames.path(frame);
        await linkOrCopy(path, join(output, name));
        if (!whole) return await deliveredFile(output, name);
        return { name, size: (await stat(path)).size, sha256: hashes.get(frame)! };
      }),
    ),
  );
};
