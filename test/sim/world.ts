import { createHash } from 'node:crypto';
import type { Manifest } from '#events/manifest.ts';
import type { Message } from '#events/messages.ts';
import { createMemoryObjectStore } from '#shared/adapters/local/memory-object-store.ts';
import { createMemoryRenderStore } from '#shared/adapters/local/memory-render-store.ts';
import { createPresigner } from '#shared/adapters/local/presigner.ts';
import { createSigner } from '#shared/adapters/local/signer.ts';
import { Fault } from '#shared/core/fault.ts';
import { keys, parseReportKey } from '#shared/core/keys.ts';
import type { SceneFacts } from '#shared/core/scene-facts.ts';
import type { Ports, Submission } from '#shared/ports.ts';

/** A scene that nothing speaks against slicing, 24 frames long. */
export const FACTS: SceneFacts = {
  compression: 'none',
  savedBy: { major: 3, minor: 4 },
  scene: 'Scene',
  scenes: ['Scene'],
  frameStart: 1,
  frameEnd: 24,
  frameStep: 1,
  fps: { numerator: 24, denominator: 1 },
  width: 64,
  height: 36,
  percent: 100,
  engine: 'CYCLES',
  camera: 'Camera',
  cameras: ['Camera'],
  viewLayers: ['ViewLayer'],
  format: 'PNG',
  outputPath: '//out/',
  usesCompositor: false,
  usesSequencer: false,
  simulations: [],
  scripts: [],
  references: [],
  cycles: { samples: 16, adaptiveSampling: false, denoise: false },
};

export interface World extends Ports {
  /** Messages sent and not yet taken, oldest first. */
  readonly sent: Message[];
  readonly submissions: Map<string, Submission>;
  readonly terminated: string[];
  /** What was published, by place: once each. */
  readonly published: Map<string, Manifest>;
  readonly made: string[];
  readonly refused: { readonly subject: string; readonly code: string; readonly message: string }[];
  readonly time: { now: number };
  /** Scene facts by the text of the scene object. */
  readonly facts: Map<string, SceneFacts>;
  /** Slices that the pool has and that have not ended. */
  readonly activeSlices: Map<
    string,
    { readonly submission: string; readonly slice: number; readonly renderId: string }
  >;
}

const silent = { info() {}, warn() {}, error() {} };

/** Every port in memory, nothing hidden: for use-case tests and for the simulation. */
export function createWorld(): World {
  const time = { now: 1_000_000 };
  const clock = { now: () => time.now };
  const signer = createSigner('a secret of the simulation', clock);
  const presigner = createPresigner(signer, clock, () => 'http://dropframe.test');
  const sent: Message[] = [];
  const work = createMemoryObjectStore({
    presigner,
    onCreated: async (key) => {
      const report = parseReportKey(key);
      if (report) sent.push({ type: 'collect-report', ...report });
    },
  });
  const inbox = createMemoryObjectStore({ presigner });
  const facts = new Map<string, SceneFacts>();
  const submissions = new Map<string, Submission>();
  const activeSlices: World['activeSlices'] = new Map();
  const refused: World['refused'] = [];
  const terminated: string[] = [];
  return {
    time,
    clock,
    signer,
    sent,
    work,
    inbox,
    facts,
    submissions,
    activeSlices,
    refused,
    terminated,
    log: silent,
    renders: createMemoryRenderStore(),
    queue: { send: async (message) => void sent.push(structuredClone(message)) },
    rejects: { send: async (reject) => void refused.push(reject) },
    scenes: memoryScenes(inbox, work, facts),
    pool: {
      name: 'simulated',
      async submit(submission) {
        if (submissions.has(submission.id)) return;
        submissions.set(submission.id, submission);
        const { id, renderId, slices } = submission;
        for (let slice = slices[0]; slice < slices[0] + slices[1]; slice += 1) {
          activeSlices.set(`${id}/${slice}`, { submission: id, slice, renderId });
        }
      },
      async terminate(renderId) {
        terminated.push(renderId);
        for (const [key, active] of activeSlices) if (active.renderId === renderId) activeSlices.delete(key);
      },
      active: async (renderId) => [...activeSlices.values()].filter((active) => active.renderId === renderId),
      capabilities: async () => ({ blender: [3, 4, 1], devices: ['cpu'], slots: 2 }),
    },
    ...memoryDeliveries(),
  };
}

function memoryDeliveries(): Pick<World, 'deliveries' | 'made' | 'published'> {
  const made: string[] = [];
  const published = new Map<string, Manifest>();
  return {
    made,
    published,
    deliveries: {
      async make(manifest) {
        made.push(`${manifest.renderId}/${manifest.generation}`);
        return manifest.frames.map(({ frame, size, sha256 }) => ({ name: `${frame}.png`, size, sha256 }));
      },
      async publish(manifest) {
        const place = `${manifest.shot}/v${manifest.version}-${manifest.generation}`;
        published.set(place, manifest);
        return { place };
      },
    },
  };
}

const textOf = async (store: Ports['inbox'], key: string): Promise<string> => {
  const found = await store.get(key);
  if (!found) throw new Fault('NOT_FOUND', `there is no ${key}`);
  return new Response(found.body).text();
};

function memoryScenes(inbox: Ports['inbox'], work: Ports['work'], facts: World['facts']): Ports['scenes'] {
  return {
    async facts(bucket, key) {
      const text = await textOf(bucket === 'inbox' ? inbox : work, key);
      const found = facts.get(text);
      if (!found) throw new Fault('INVALID_SCENE', `${key} is no scene`);
      return found;
    },
    async ingest(inboxKey) {
      const bytes = new TextEncoder().encode(await textOf(inbox, inboxKey));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      await work.put(keys.asset(sha256), bytes);
      return { sha256, size: bytes.length };
    },
  };
}

/** Puts a scene (a text that stands for it) into the inbox. */
export async function drop(
  world: World,
  key: string,
  text: string,
  facts: SceneFacts = FACTS,
): Promise<void> {
  world.facts.set(text, facts);
  await world.inbox.put(key, new TextEncoder().encode(text));
}
