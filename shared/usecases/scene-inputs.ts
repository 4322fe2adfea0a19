import * as z from 'zod/mini';
import { type SceneManifest, sceneFile } from '#events/scene.ts';
import { missingReferences } from '#shared/core/blend/missing.ts';
import { presentFiles } from '#shared/core/blend/present.ts';
import { Fault } from '#shared/core/fault.ts';
import type { SceneFacts } from '#shared/core/scene-facts.ts';
import type { ObjectInfo, Ports } from '#shared/ports.ts';
import { readText } from './documents.ts';
import { filesAtHand } from './files-at-hand.ts';
import type { InboxShot } from './inbox-shot.ts';

type Needs = Pick<Ports, 'inbox' | 'scenes'>;

/** What a scene needs: what of it lies in the inbox, by path in the shot's folder, and what does not, in words. */
export interface SceneInputs {
  readonly main: string;
  readonly present: ReadonlyMap<string, ObjectInfo>;
  readonly missing: readonly string[];
  /** What the manifest says that a file must be. */
  readonly expected: ReadonlyMap<string, { readonly size: number; readonly sha256: string }>;
}

const pushed = z.object({ main: z.optional(z.string()), files: z.array(sceneFile).check(z.minLength(1)) });
const MANIFEST = 'manifest.json';

/** The scene's inputs: by the shot's manifest when it names this scene, else by what the scene itself refers to. */
export async function sceneInputs(ports: Needs, shot: InboxShot, main: string): Promise<SceneInputs> {
  const manifest = await readPushed(ports, shot);
  const namesThis = (await pushedMain(ports, shot)) === main;
  return manifest && namesThis
    ? byManifest(shot, main, manifest.files)
    : await byReferences(ports, shot, main);
}

/** The scene that the shot's manifest is about, if there is a manifest: it may lie in a sub-folder of the shot. */
export async function pushedMain(ports: Pick<Ports, 'inbox'>, shot: InboxShot): Promise<string | undefined> {
  const manifest = await readPushed(ports, shot);
  return manifest && (manifest.main ?? onlyScene(manifest.files))?.normalize('NFC');
}

async function readPushed(
  { inbox }: Pick<Ports, 'inbox'>,
  shot: InboxShot,
): Promise<z.infer<typeof pushed> | undefined> {
  const object = shot.files.get(MANIFEST);
  if (!object) return undefined;
  const text = (await readText(inbox, object.key)) ?? '';
  try {
    return pushed.parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.core.$ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new Fault(
      'INVALID_INPUT',
      `${object.key}: ${why}; write {"main": "<scene>.blend", "files": [{"path", "size", "sha256"}]}, or delete it`,
      { cause },
    );
  }
}

const onlyScene = (files: readonly { readonly path: string }[]): string | undefined => {
  const scenes = files.filter(({ path }) => /^[^/]+\.blend$/i.test(path));
  return scenes.length === 1 ? scenes[0]!.path : undefined;
};

function byManifest(shot: InboxShot, main: string, files: readonly z.infer<typeof sceneFile>[]): SceneInputs {
  const present = new Map<string, ObjectInfo>();
  const missing: string[] = [];
  for (const { path, size } of files) {
    const name = path.normalize('NFC');
    const object = shot.files.get(name);
    if (object?.size === size) present.set(name, object);
    else missing.push(object ? `${name}: ${object.size} of ${size} bytes have arrived` : name);
  }
  return {
    main,
    present,
    missing,
    expected: new Map(files.map((file) => [file.path.normalize('NFC'), file])),
  };
}

/** Follows the scene's references, and those of every library that it links. */
async function byReferences(ports: Needs, shot: InboxShot, main: string): Promise<SceneInputs> {
  const present = new Map<string, ObjectInfo>();
  const missing: string[] = [];
  const queue = [main];
  const hand = filesAtHand(shot.files.keys());
  for (const path of queue) {
    const object = shot.files.get(path);
    if (!object || present.has(path)) continue;
    present.set(path, object);
    const facts: SceneFacts = await ports.scenes.facts('inbox', object.key);
    missing.push(...missingReferences(facts, path, hand).map(({ message }) => message));
    for (const { reference, files } of presentFiles(facts, path, hand)) {
      for (const file of files) {
        if (reference.kind === 'library') queue.push(file);
        else present.set(file, shot.files.get(file) as ObjectInfo);
      }
    }
  }
  return { main, present, missing: [...new Set(missing)], expected: new Map() };
}

/** Takes the inputs over into the work bucket; MISSING_INPUTS when one is not what the manifest says. */
export async function ingestInputs(
  ports: Pick<Ports, 'scenes'>,
  { main, present, expected }: SceneInputs,
): Promise<{ readonly scene: SceneManifest; readonly wrong: readonly string[] }> {
  const files: SceneManifest['files'] = [];
  const wrong: string[] = [];
  for (const [path, object] of present) {
    const { sha256, size } = await ports.scenes.ingest(object.key);
    const wanted = expected.get(path);
    if (wanted && wanted.sha256 !== sha256)
      wrong.push(`${path}: what has arrived is not what the manifest says`);
    files.push({ path, size, sha256 });
  }
  return { scene: { type: 'scene.v1', main, files }, wrong };
}
