import type { WorkOrder } from '#events/lease.ts';
import type { Log } from '#shared/ports.ts';
import type { FrameSettings, Renderer } from '#worker/renderer/renderer.ts';
import type { HeldScene, SceneCache } from '#worker/scenes/scene-cache.ts';
import { createLanes } from './lanes.ts';
import type { MakeScratch, ScratchDirectory } from './scratch.ts';

/** Opens a scene in a new Blender. Throws a Fault when it cannot be opened. */
export type OpenRenderer = (options: {
  readonly sceneDirectory: string;
  /** Path of the scene file in that folder. */
  readonly main: string;
  /** Empty; ours to remove. The only place where Blender may write. */
  readonly outputDirectory: string;
  readonly settings: FrameSettings;
  readonly limits: WorkOrder['limits'];
  /** What the renderer prints, for as long as it lives. */
  readonly log: Hear;
  readonly signal?: AbortSignal;
}) => Promise<Renderer>;

/** Hears a line that the renderer printed, with the frame that it was rendering. */
export type Hear = (line: { readonly text: string; readonly frame?: number }) => void;

/**
 * The one Blender of a worker. It stays open between slices of the same scene and settings, since opening
 * costs seconds; another scene, other settings or a failure replaces it.
 */
export interface WarmRenderer {
  /** Alone with the renderer until `act` has ended; waits for its turn. */
  use<T>(
    order: WorkOrder,
    user: { readonly signal: AbortSignal; readonly hear: Hear },
    act: (renderer: Renderer) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}

export interface WarmRendererOptions {
  readonly cache: SceneCache;
  readonly makeScratch: MakeScratch;
  readonly openRenderer: OpenRenderer;
  readonly log: Log;
}

interface Open {
  readonly key: string;
  readonly renderer: Renderer;
  readonly scene: HeldScene;
  readonly output: ScratchDirectory;
}

export function createWarmRenderer(options: WarmRendererOptions): WarmRenderer {
  const turn = createLanes(1);
  let open: Open | undefined;
  let hear: Hear = () => {};

  const close = async (): Promise<void> => {
    const closing = open;
    open = undefined;
    if (!closing) return;
    await closing.renderer.close().catch((error: unknown) => {
      options.log.warn('Blender did not close well', { message: String(error) });
    });
    await closing.output.remove();
    await closing.scene.release();
  };

  return {
    use: (order, user, act) =>
      turn(async () => {
        const { signal } = user;
        signal.throwIfAborted();
        // One attempt at a time has the renderer: what it says meanwhile is that attempt's.
        hear = user.hear;
        const key = keyOf(order);
        if (open?.key !== key) {
          await close();
          open = { key, ...(await openScene(order, signal, (line) => hear(line), options)) };
        }
        try {
          return await act(open.renderer);
        } catch (error) {
          // Nobody knows in which state it is.
          await close();
          throw error;
        }
      }),
    close: () => turn(close),
  };
}

async function openScene(
  order: WorkOrder,
  signal: AbortSignal,
  log: Hear,
  { cache, makeScratch, openRenderer }: WarmRendererOptions,
): Promise<Omit<Open, 'key'>> {
  const scene = await cache.hold(order.scene, signal);
  const output = await makeScratch('blender');
  try {
    const renderer = await openRenderer({
      sceneDirectory: scene.directory,
      main: order.scene.main,
      outputDirectory: output.path,
      // The wire's strings are checked by the renderer, which names what it does not know.
      settings: order.settings as FrameSettings,
      limits: order.limits,
      log,
      signal,
    });
    return { scene, output, renderer };
  } catch (error) {
    await output.remove();
    await scene.release();
    throw error;
  }
}

const keyOf = ({ scene, settings, limits }: WorkOrder): string =>
  JSON.stringify([scene.id, scene.main, Object.entries(settings).sort(), Object.entries(limits).sort()]);
