import type { MessageOf } from '#events/messages.ts';
import { isRetryable } from '#shared/core/fault.ts';
import { parseInboxKey, type ShotItem } from '#shared/core/inbox.ts';
import type { RenderHead } from '#shared/core/render-events.ts';
import type { Ports } from '#shared/ports.ts';
import { type InboxShot, inboxSettings, readInboxShot } from './inbox-shot.ts';
import { readRender } from './journal.ts';
import { awaitInputs, openRender } from './open-render.ts';
import { ingestInputs, pushedMain, sceneInputs } from './scene-inputs.ts';

type Needs = Pick<Ports, 'clock' | 'inbox' | 'work' | 'scenes' | 'renders' | 'queue' | 'log'>;

const WHO = 'request-render';

/**
 * Something arrived in the inbox: whatever can start because of it starts. Looks at the shot's folder as it
 * is, never at what this one event says, so that events may come in any order and any number of times.
 */
export const requestRender =
  (ports: Needs) =>
  async ({ key }: MessageOf<'object-created'>): Promise<void> => {
    const item = parseInboxKey(key);
    if (!('shotId' in item)) return;
    const shot = await withPushed(ports, await readInboxShot(ports, item, key));
    for (const scene of await concerned(ports, item, shot, key)) await consider(ports, shot, scene, key);
  };

/** The sweeper's way in: a render that waits may have got everything without anybody saying so. */
export const recheckInbox =
  (ports: Needs) =>
  async ({ renderId }: RenderHead): Promise<void> => {
    const { inboxKey } = await readRender(ports, renderId);
    if (inboxKey !== undefined) await requestRender(ports)({ type: 'object-created', key: inboxKey });
  };

type Scene = InboxShot['scenes'][number];

/** A manifest may name a scene in a sub-folder: one that needs `//../textures` is pushed so. */
async function withPushed(ports: Needs, shot: InboxShot): Promise<Pushed> {
  const main = await pushedMain(ports, shot).catch((error: unknown) => {
    // A manifest that is none is refused where it matters: when it or its scene is looked at.
    if (isRetryable(error)) throw error;
    return undefined;
  });
  const object = main === undefined ? undefined : shot.files.get(main);
  if (main === undefined || !object || shot.scenes.some(({ file }) => file === main))
    return { ...shot, main };
  const named = parseInboxKey(`${shot.shotId}/${main.slice(main.lastIndexOf('/') + 1)}`);
  if (named.role !== 'scene') return { ...shot, main };
  return { ...shot, main, scenes: [...shot.scenes, { ...named, file: main, key: object.key }] };
}

type Pushed = InboxShot & { readonly main: string | undefined };

/**
 * Which scenes of the shot an arrival is about. A scene is about itself, a manifest about the scene that it
 * names, settings about the newest; any other file about the scenes that wait: a texture that changes later
 * waits for the next drop.
 */
async function concerned(ports: Needs, item: ShotItem, shot: Pushed, key: string): Promise<readonly Scene[]> {
  const named = shot.scenes.filter(({ file }) => file === shot.main);
  if (item.role === 'manifest' && named.length > 0) return named;
  if (item.role === 'scene' || item.file === shot.main)
    return shot.scenes.filter((scene) => scene.key === key);
  const newest = shot.scenes.toSorted((a, b) => modified(shot, b) - modified(shot, a)).slice(0, 1);
  if (item.role !== 'asset') return newest;
  const waiting = new Set<string>();
  for await (const head of ports.renders.list({ phases: ['waiting-inputs'], shot: item.shotId })) {
    waiting.add((await readRender(ports, head.renderId)).inboxKey ?? '');
  }
  return shot.scenes.filter((scene) => waiting.has(scene.key));
}

const modified = (shot: InboxShot, { file }: Scene): number => shot.files.get(file)?.modifiedAt ?? 0;

async function consider(ports: Needs, shot: InboxShot, scene: Scene, arrived: string): Promise<void> {
  const settings = await inboxSettings(ports, shot, scene.key);
  const inputs = await sceneInputs(ports, shot, scene.file);
  if (await isLibraryOfAnother(ports, shot, scene)) return;
  const { sha256: mainSha256 } = await ports.scenes.ingest(scene.key);
  const wish = {
    shot: shot.shotId,
    name: scene.name,
    ...(scene.version === undefined ? {} : { askedVersion: scene.version }),
    inboxKey: scene.key,
    settings,
    who: WHO,
    why: `${arrived} arrived in the inbox`,
    mainSha256,
  };
  if (inputs.missing.length > 0 && !settings.allowMissing) {
    const { renderId, phase } = await awaitInputs(ports, wish, inputs.missing);
    ports.log.info('waiting for inputs', { renderId, phase, missing: inputs.missing });
    return;
  }
  const { scene: manifest, wrong } = await ingestInputs(ports, inputs);
  if (wrong.length > 0) {
    await awaitInputs(ports, wish, wrong);
    return;
  }
  const { state, opened } = await openRender(ports, wish, manifest);
  ports.log.info(opened ? 'render opened' : 'this render is known', {
    renderId: state.renderId,
    shot: shot.shotId,
    phase: state.phase,
  });
}

/** A .blend beside a scene that links it is one of the scene's inputs, not a scene to render. */
async function isLibraryOfAnother(ports: Needs, shot: InboxShot, scene: Scene): Promise<boolean> {
  for (const other of shot.scenes) {
    if (other.key === scene.key) continue;
    try {
      const { references } = await ports.scenes.facts('inbox', other.key);
      const links = references.some(({ kind, path }) => kind === 'library' && path === `//${scene.file}`);
      if (links) return true;
    } catch {
      // A neighbour that cannot be read says nothing about this scene; it was refused when it arrived.
    }
  }
  return false;
}
