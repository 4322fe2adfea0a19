import type * as z from 'zod/mini';
import type { assetsRequest, renderRequest } from '#events/request.ts';
import type { SceneManifest } from '#events/scene.ts';
import { missingReferences } from '#shared/core/blend/missing.ts';
import { Fault } from '#shared/core/fault.ts';
import { parseInboxKey, parseShotId } from '#shared/core/inbox.ts';
import { keys } from '#shared/core/keys.ts';
import type { RenderState } from '#shared/core/render-state.ts';
import type { Ports } from '#shared/ports.ts';
import { checkSettings } from '#shared/settings-file.ts';
import { filesAtHand } from './files-at-hand.ts';
import { openRender } from './open-render.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'scenes' | 'queue'>;

/** Where to PUT what is not here yet: each URL creates one asset, of exactly its size and hash. */
export const offerAssets =
  ({ work }: Pick<Ports, 'work'>, { urlMs }: { readonly urlMs: number }) =>
  async ({ files }: z.infer<typeof assetsRequest>) => {
    const wanted = [...new Map(files.map((file) => [file.sha256, file])).values()];
    const offers = wanted.map(async ({ sha256, size }) => {
      const key = keys.asset(sha256);
      if ((await work.head(key))?.size === size) return [];
      return [{ sha256, ...(await work.presignPut(key, { expiresInMs: urlMs, size, sha256 })) }];
    });
    return { missing: (await Promise.all(offers)).flat() };
  };

/**
 * Opens a render of a scene whose files are all here. MISSING_INPUTS names every file that is not, and every
 * file that the scene refers to and that does not come with it.
 */
export const submitRender =
  (ports: Needs, who: string) =>
  async (
    wish: z.infer<typeof renderRequest>,
  ): Promise<{ readonly state: RenderState; readonly opened: boolean }> => {
    const shot = parseShotId(wish.shot);
    const settings = checkSettings(wish.settings ?? {}, 'settings');
    const { main, files } = wish.scene;
    for (const { path } of files) checkPath(path);
    const mainFile = files.find(({ path }) => path === main);
    if (!mainFile) throw new Fault('INVALID_INPUT', `scene.main: "${main}" is not among scene.files`);
    await requireAssets(ports, files);
    const facts = await ports.scenes.facts('work', keys.asset(mainFile.sha256));
    const lacking = missingReferences(facts, main, filesAtHand(files.map(({ path }) => path)));
    if (lacking.length > 0 && !settings.allowMissing) throw missing(lacking.map(({ message }) => message));
    const scene: SceneManifest = { type: 'scene.v1', main, files: [...files] };
    const name = wish.name ?? main.slice(main.lastIndexOf('/') + 1).replace(/\.blend$/i, '');
    return await openRender(
      ports,
      {
        shot,
        name,
        ...(wish.version === undefined ? {} : { askedVersion: wish.version }),
        settings,
        who,
        why: wish.why ?? 'asked for through the API',
        mainSha256: mainFile.sha256,
      },
      scene,
    );
  };

/** A path that a worker will lay out below a folder: the inbox's own rules for names. */
function checkPath(path: string): void {
  const item = parseInboxKey(`project/sequence/shot/${path}`);
  if (!('file' in item) || item.file !== path) {
    throw new Fault('INVALID_INPUT', `scene.files: "${path}" is no path inside a scene's folder`);
  }
}

const missing = (lines: readonly string[]): Fault =>
  new Fault('MISSING_INPUTS', `the scene needs what is not here:\n${lines.join('\n')}`, {
    details: { missing: lines },
  });

async function requireAssets({ work }: Needs, files: SceneManifest['files']): Promise<void> {
  const checks = files.map(async ({ path, size, sha256 }) =>
    (await work.head(keys.asset(sha256)))?.size === size
      ? []
      : [`${path}: no asset ${sha256}; PUT it first (POST /v1/assets)`],
  );
  const absent = (await Promise.all(checks)).flat();
  if (absent.length > 0) throw missing(absent);
}
