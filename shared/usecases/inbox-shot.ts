import { Fault } from '#shared/core/fault.ts';
import { foldName, parseInboxKey, type ShotItem } from '#shared/core/inbox.ts';
import { resolveSettings } from '#shared/core/resolve-settings.ts';
import type { RenderSettings } from '#shared/core/settings.ts';
import type { ObjectInfo, Ports } from '#shared/ports.ts';
import { parseProjectText, parseSettingsText } from '#shared/settings-file.ts';
import { readText } from './documents.ts';

type Needs = Pick<Ports, 'inbox'>;

/** A shot's folder in the inbox, as it is now: what people's names (in form NFC) are as keys. */
export interface InboxShot {
  readonly shotId: string;
  /** Path inside the shot's folder, NFC, to the object. */
  readonly files: ReadonlyMap<string, ObjectInfo>;
  readonly scenes: readonly (ShotItem & { readonly key: string })[];
}

const MOST_FILES = 100_000;

export async function readInboxShot({ inbox }: Needs, item: ShotItem, key: string): Promise<InboxShot> {
  const files = new Map<string, ObjectInfo>();
  const scenes: (ShotItem & { key: string })[] = [];
  // The folder as it is really called, which may be in another unicode form than NFC.
  const folder = key.split('/').slice(0, 3).join('/');
  for await (const info of inbox.list(`${folder}/`)) {
    const found = itemAt(info.key);
    if (!found) continue;
    files.set(found.file, info);
    if (found.role === 'scene') scenes.push({ ...found, key: info.key });
    if (files.size > MOST_FILES) {
      throw new Fault(
        'TOO_LARGE',
        `${folder} holds more than ${MOST_FILES} files; put one shot in one folder`,
      );
    }
  }
  return { shotId: item.shotId, files, scenes };
}

/** Names that do not fit were refused when they arrived; here they are passed over. */
function itemAt(key: string): ShotItem | undefined {
  try {
    const item = parseInboxKey(key);
    return 'file' in item ? item : undefined;
  } catch {
    return undefined;
  }
}

/** The settings that lie in the inbox for a shot: beside its scene, of its sequence, of its project. */
export async function inboxSettings({ inbox }: Needs, shot: InboxShot, key: string): Promise<RenderSettings> {
  const [project, sequence] = key.split('/');
  const layers: RenderSettings[] = [];
  for (const name of ['render.yaml', 'render.yml', 'render.json']) {
    const found = [...shot.files].find(([file]) => foldName(file) === name)?.[1];
    if (found) layers.push(parseSettingsText((await readText(inbox, found.key)) ?? '', found.key));
  }
  for (const folder of [`${project}/${sequence}`, project]) {
    for (const name of ['dropframe.yaml', 'dropframe.yml', 'dropframe.json']) {
      const text = await readText(inbox, `${folder}/${name}`);
      if (text !== undefined) layers.push(parseProjectText(text, `${folder}/${name}`));
    }
  }
  return resolveSettings(layers);
}
