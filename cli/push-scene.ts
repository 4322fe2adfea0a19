import type { CollectedScene } from './collect-scene.ts';
import { type HashedFile, hashFile, type PushTarget } from './push-folder.ts';

export interface Pushed {
  readonly sent: readonly HashedFile[];
  readonly there: readonly HashedFile[];
}

/** What says that a scene in the inbox is complete. */
function manifestText(main: string, files: readonly HashedFile[]): string {
  const listed = files
    .map(({ path, size, sha256 }) => ({ path, size, sha256 }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return `${JSON.stringify({ main, files: listed }, null, 2)}\n`;
}

/** Sends what is not there yet: the scene file after all that it needs, and the manifest last of all. */
export async function pushScene(
  { main, files }: CollectedScene,
  target: PushTarget,
  told: (file: HashedFile, sent: boolean) => void,
): Promise<Pushed> {
  const sent: HashedFile[] = [];
  const there: HashedFile[] = [];
  const mainLast = files.toSorted((a, b) => Number(a.path === main) - Number(b.path === main));
  for (const collected of mainLast) {
    const file = { ...collected, ...(await hashFile(collected.source)) };
    const isThere = await target.has(file);
    if (!isThere) await target.put(file);
    (isThere ? there : sent).push(file);
    told(file, !isThere);
  }
  await target.putManifest(manifestText(main, [...sent, ...there]));
  return { sent, there };
}
