import { lstatSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LogPassage } from './marked-log.ts';
import type { DriverMessageOf } from './protocol.ts';
import type { FrameOutcome } from './renderer.ts';

export interface Delivery {
  /** The folder that Blender was told to write to, as the driver names it and as the host does. */
  readonly told: string;
  readonly scratch: string;
  /** Where accepted files go: Blender cannot see it. */
  readonly accepted: string;
  readonly allowMissing: boolean;
}

/**
 * The outcome of a frame that the driver says is written. Moving the file away comes first and looking at
 * it second: what runs in the sandbox can then no longer put a link in its place.
 */
export function acceptFrame(
  message: DriverMessageOf<'frame'>,
  passage: LogPassage,
  delivery: Delivery,
): FrameOutcome {
  const { frame, seconds, warnings } = message;
  const broken = passage.signs.find(({ effect }) => effect === 'fail');
  if (broken) return { frame, ok: false, code: broken.code, message: broken.message, permanent: false };
  const wrong = passage.signs.find(
    ({ effect }) => effect === 'refuse' || (effect === 'missing' && !delivery.allowMissing),
  );
  if (wrong) return { frame, ok: false, code: 'REFUSED', message: wrong.message, permanent: true };
  const path = take(message.path, delivery);
  const preview = message.preview === undefined ? undefined : take(message.preview, delivery);
  if (path === undefined || (message.preview !== undefined && preview === undefined)) {
    const said = `Blender says that it wrote frame ${frame}, but there is no such file.`;
    return { frame, ok: false, code: 'RENDERER_FAILED', message: said, permanent: false };
  }
  const said = passage.signs.map(({ code, message: text }) => ({ code, message: text }));
  return { frame, ok: true, path, ...(preview && { preview }), seconds, warnings: [...warnings, ...said] };
}

/** The host's path of a regular, not empty file that the driver names; `undefined` when it is none. */
function take(named: string, { told, scratch, accepted }: Delivery): string | undefined {
  const name = basename(named);
  if (named !== `${told}/${name}`) return undefined;
  const path = join(accepted, name);
  try {
    renameSync(join(scratch, name), path);
    const found = lstatSync(path);
    return found.isFile() && found.size > 0 ? path : undefined;
  } catch {
    return undefined;
  }
}
