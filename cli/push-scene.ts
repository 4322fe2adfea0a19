import type { CollectedFile, CollectedScene } from './collect-scene.ts';
import type { PushTarget } from './push-folder.ts';

export interface Pushed {
  readonly sent: readonly CollectedFile[];
  readonly there: readonly CollectedFile[];
}

/** What says that a scene in the inbox is complete. */
export const pushManifest = ({ main, files }: CollectedScene): string =>
  `${JSON.stringify({ main, files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 })) }, null, 2)}\n`;

/** Sends what is not there yet: the scene file after all that it needs, and the manifest last of all. */
export async function pushScene(
  scene: CollectedScene,
  target: PushTarget,
  told: (file: CollectedFile, sent: boolean) => void,
): Promise<Pushed> {
  const sent: CollectedFile[] = [];
  const there: CollectedFile[] = [];
  const isMain = ({ path }: CollectedFile): boolean => path === scene.main;
  const mainLast = [...scene.files.filter((file) => !isMain(file)), ...scene.files.filter(isMain)];
  for (const file of mainLast) {
    const isThere = await target.has(file);
    if (!isThere) await target.put(file);
    (isThere ? there : sent).push(file);
    told(file, !isThere);
  }
  await target.putManifest(pushManifest(scene));
  return { sent, there };
}
