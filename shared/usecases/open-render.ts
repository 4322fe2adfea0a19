import type { SceneManifest } from '#events/scene.ts';
import { keys } from '#shared/core/keys.ts';
import type { RenderEvent } from '#shared/core/render-events.ts';
import { foldRender, headOf, type RenderState } from '#shared/core/render-state.ts';
import { canonicalSettings } from '#shared/core/resolve-settings.ts';
import type { RenderSettings } from '#shared/core/settings.ts';
import type { Ports } from '#shared/ports.ts';
import { createJson } from './documents.ts';
import { recordRender, stamp } from './journal.ts';
import { renderIdOf, sceneIdOf } from './render-id.ts';
import { takeVersion } from './shot-version.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'queue'>;

export interface RenderWish {
  readonly shot: string;
  readonly name: string;
  readonly askedVersion?: number;
  readonly inboxKey?: string;
  readonly settings: RenderSettings;
  readonly who: string;
  readonly why: string;
  /** SHA-256 of the scene file alone. */
  readonly mainSha256: string;
}

/** Opens a render whose scene is here with all that it needs. The same wish again gives the same render. */
export async function openRender(
  ports: Needs,
  wish: RenderWish,
  scene: SceneManifest,
): Promise<{ readonly state: RenderState; readonly opened: boolean }> {
  const sceneId = await sceneIdOf(scene);
  await createJson(ports.work, keys.scene(sceneId), scene);
  // The same scene file with other assets is another render: it gets an id of its own.
  for (const variant of ['', sceneId]) {
    const renderId = await idOf(wish, variant);
    const before = await requested(ports, renderId, wish, undefined);
    if (before.sceneId !== undefined && before.sceneId !== sceneId) continue;
    const opened = before.phase === 'waiting-inputs';
    const state = opened ? await complete(ports, renderId, wish, sceneId) : before;
    // Also when it was complete before: the message that should have followed may never have been sent.
    if (state.phase === 'planning') await ports.queue.send({ type: 'plan-render', renderId });
    return { state, opened };
  }
  throw new Error('a render with the id of its own scene has another scene');
}

/** Opens a render that cannot start yet, naming each file that it waits for. */
export async function awaitInputs(
  ports: Needs,
  wish: RenderWish,
  missing: readonly string[],
): Promise<RenderState> {
  const renderId = await idOf(wish, '');
  const before = await requested(ports, renderId, wish, missing);
  if (before.phase !== 'waiting-inputs') return before;
  const { state } = await recordRender(ports, renderId, wish.who, (now) =>
    now.phase === 'waiting-inputs' && now.missing.join('\n') !== missing.join('\n')
      ? [{ type: 'waiting-inputs', missing }]
      : [],
  );
  return state;
}

const idOf = (wish: RenderWish, variant: string): Promise<string> =>
  renderIdOf({
    shot: wish.shot,
    mainSha256: wish.mainSha256,
    askedVersion: wish.askedVersion,
    settings: canonicalSettings(wish.settings),
    variant,
  });

/** The render as it is, or as it is once this wish is the first event of its log. */
async function requested(
  ports: Needs,
  renderId: string,
  wish: RenderWish,
  missing: readonly string[] | undefined,
): Promise<RenderState> {
  const { shot, name, askedVersion, inboxKey, settings, who, why } = wish;
  const asked: RenderEvent = {
    type: 'requested',
    shot,
    name,
    ...(askedVersion === undefined ? {} : { askedVersion }),
    ...(inboxKey === undefined ? {} : { inboxKey }),
    settings,
    why,
  };
  const events: RenderEvent[] = missing ? [asked, { type: 'waiting-inputs', missing }] : [asked];
  const stamped = stamp(events, { at: ports.clock.now(), who, stream: 'render', version: 0 });
  const first = foldRender(renderId, stamped) as RenderState;
  if (await ports.renders.append(renderId, 'render', 0, stamped, headOf(first))) return first;
  return foldRender(renderId, await ports.renders.read(renderId, 'render')) as RenderState;
}

async function complete(
  ports: Needs,
  renderId: string,
  wish: RenderWish,
  sceneId: string,
): Promise<RenderState> {
  const { shot, askedVersion, who } = wish;
  const shotVersion = await takeVersion(ports, { shot, renderId, asked: askedVersion });
  const note =
    askedVersion !== undefined && askedVersion !== shotVersion
      ? { note: `version ${askedVersion} of the shot is another render; this one is version ${shotVersion}` }
      : {};
  const { state } = await recordRender(ports, renderId, who, (now) =>
    now.phase === 'waiting-inputs' ? [{ type: 'inputs-complete', sceneId, shotVersion, ...note }] : [],
  );
  return state;
}
