import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Part } from '#shared/core/part.ts';
import type { Format } from '#shared/core/settings.ts';
import { verifyFrame } from '#worker/verify/verify-frame.ts';
import { makeDirectory } from '../media/images.ts';

export const SIZE = { width: 61, height: 37 };
export const WHOLE: Part = { kind: 'whole' };

export async function verifyBytes(
  bytes: Uint8Array,
  format: Format,
  expected: { channels?: number; depth?: number } = {},
) {
  const path = join(await makeDirectory(), 'frame');
  await writeFile(path, bytes);
  return await verifyFrame(path, { ...SIZE, format, part: WHOLE, ...expected });
}

export const outcome = (bytes: Uint8Array, format: Format): Promise<string> =>
  verifyBytes(bytes, format).then(
    () => 'good',
    (error) => (error.code === 'BROKEN_FRAME' ? 'broken' : `${error}`),
  );
