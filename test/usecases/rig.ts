import { createHandlers } from '#cli/local/handlers.ts';
import { foldRender, type RenderState } from '#shared/core/render-state.ts';
import type { SceneFacts } from '#shared/core/scene-facts.ts';
import { receive } from '#shared/receive.ts';
import { createRandom } from '../sim/random.ts';
import { type Ended, type Machines, simulateWorker } from '../sim/worker.ts';
import { createWorld, drop, type World } from '../sim/world.ts';

export const CALM: Machines = { flaky: 0, crashes: 0, reclaims: 0, poison: new Set() };
const KEY = 'prod/seq010/sh0010/anim_v001.blend';

/** A world in which one scene was dropped, and hands to let it live step by step. */
export interface Rig {
  readonly world: World;
  /** Delivers what was sent until nothing is. */
  deliver(): Promise<void>;
  handle(message: unknown): Promise<void>;
  state(): Promise<RenderState>;
  renderId(): Promise<string>;
  /** Runs what the pool has, in order of slice; tells nobody how it ended. */
  work(machines?: Machines, most?: number): Promise<readonly Ended[]>;
  log(type: string): Promise<readonly Record<string, unknown>[]>;
}

export async function openRig(settings = '', facts?: SceneFacts): Promise<Rig> {
  const world = createWorld();
  const handle = receive(createHandlers(world, { holder: 'here', leaseMs: 1000 }), world);
  const random = createRandom(1);
  await world.inbox.put('prod/seq010/sh0010/render.yaml', new TextEncoder().encode(settings));
  await drop(world, KEY, 'scene', facts);
  await handle({ type: 'object-created', key: KEY });

  const renderId = async () => (await Array.fromAsync(world.renders.list()))[0]!.renderId;
  return {
    world,
    handle,
    renderId,
    async deliver() {
      for (let message = world.sent.shift(); message; message = world.sent.shift()) await handle(message);
    },
    async state() {
      const id = await renderId();
      return foldRender(id, await world.renders.read(id, 'render'))!;
    },
    async work(machines = CALM, most = Number.POSITIVE_INFINITY) {
      const ended: Ended[] = [];
      const children = [...world.activeSlices].sort(([, a], [, b]) => a.slice - b.slice).slice(0, most);
      for (const [key, { submission, slice }] of children) {
        const { grant, slices } = world.submissions.get(submission)!;
        const child = { grant, index: slice - slices[0], run: 1, worker: `w${slice}` };
        ended.push(await simulateWorker(world, child, machines, random));
        world.activeSlices.delete(key);
      }
      return ended;
    },
    async log(type) {
      const events = await world.renders.read(await renderId());
      return events.filter((event) => event.type === type) as never;
    },
  };
}
