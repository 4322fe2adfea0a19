import { Fault } from './fault.ts';
import { utf8Length } from './names.ts';

/** What people are told when a key does not fit. */
export const INBOX_LAYOUT = 'inbox/<project>/<sequence>/<shot>/<name>_v###.blend';

/** An object of the inbox that belongs to a shot. */
export interface ShotItem {
  /** `asset`: anything that a scene may need, also in sub-folders of the shot. */
  readonly role: 'scene' | 'settings' | 'manifest' | 'asset';
  readonly project: string;
  readonly sequence: string;
  readonly shot: string;
  /** `project/sequence/shot`: what keys, versions and lists go by. */
  readonly shotId: string;
  /** Path inside the shot's folder, with `/`. */
  readonly file: string;
  /** Of a scene: its name without version and extension; else the last part of `file`. */
  readonly name: string;
  /** Of a scene whose name ends in `_v###`. */
  readonly version?: number;
}

export type InboxItem =
  | ShotItem
  /** `dropframe.yaml` of a project, or of one of its sequences. */
  | { readonly role: 'project-settings'; readonly project: string; readonly sequence?: string }
  /** Half-way uploads, backups and hidden files: never an input, never an error. */
  | { readonly role: 'ignored'; readonly reason: string };

const MAX_SEGMENT_BYTES = 255;
const MAX_KEY_BYTES = 1024;
const MAX_DEPTH = 32;

// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const TEMPORARY = /(?:\.part|\.partial|\.tmp|\.temp|\.crdownload|\.download|\.filepart|\.!ut|~)$/i;
/** Blender keeps the versions before a save beside the scene as `.blend1`, `.blend2`, …, and crash files as `@`. */
const BACKUP = /\.blend(?:\d+|@)$/i;
const NOISE = new Set(['thumbs.db', 'desktop.ini', '__macosx']);

const refuse = (key: string, why: string): never => {
  // A hostile name is shown escaped and short, so that it cannot disturb a terminal or a log.
  const shown = JSON.stringify(key.length > 200 ? `${key.slice(0, 200)}…` : key);
  throw new Fault('INVALID_INPUT', `inbox: ${shown}: ${why}; the layout is ${INBOX_LAYOUT}`, {
    details: { field: 'key', value: key.slice(0, MAX_KEY_BYTES), layout: INBOX_LAYOUT },
  });
};

function checkedSegments(key: string): readonly string[] {
  if (!key.isWellFormed()) refuse(key, 'the name is no valid unicode');
  if (CONTROL.test(key)) refuse(key, 'the name holds control characters; rename it');
  if (key.includes('\\')) refuse(key, 'the name holds a backslash; use / between folders');
  if (key.startsWith('/') || /^[A-Za-z]:/.test(key)) refuse(key, 'the path is absolute');
  if (utf8Length(key) > MAX_KEY_BYTES) refuse(key, `the path is longer than ${MAX_KEY_BYTES} bytes`);
  const segments = key.normalize('NFC').split('/');
  if (segments.length > MAX_DEPTH) refuse(key, `more than ${MAX_DEPTH} folders deep`);
  for (const segment of segments) {
    if (segment === '') refuse(key, 'a folder or file name is empty');
    if (segment === '.' || segment === '..') refuse(key, `"${segment}" would leave the inbox`);
    if (utf8Length(segment) > MAX_SEGMENT_BYTES) {
      refuse(key, `a name is longer than ${MAX_SEGMENT_BYTES} bytes`);
    }
  }
  return segments;
}

function ignoredBecause(segments: readonly string[]): string | undefined {
  for (const segment of segments) {
    if (segment.startsWith('.')) return 'hidden';
    if (NOISE.has(segment.toLowerCase())) return 'left by the operating system';
  }
  const last = segments.at(-1)!;
  if (TEMPORARY.test(last)) return 'an upload that is not finished';
  if (BACKUP.test(last)) return 'a backup that Blender keeps';
  return undefined;
}

const SETTINGS_FILE = /^render\.(?:yaml|yml|json)$/i;
const PROJECT_FILE = /^dropframe\.(?:yaml|yml|json)$/i;

function sceneName(file: string): { readonly name: string; readonly version?: number } {
  const base = file.replace(/\.blend$/i, '');
  const match = /^(.+?)[_.-]v(\d{1,9})$/i.exec(base);
  return match ? { name: match[1]!, version: Number(match[2]) } : { name: base };
}

function roleInShot(file: string): Pick<ShotItem, 'role' | 'name' | 'version'> {
  const name = file.slice(file.lastIndexOf('/') + 1);
  // Only what lies directly in the shot's folder speaks for the shot; a .blend further down is a library.
  if (file === name) {
    if (/\.blend$/i.test(name)) return { role: 'scene', ...sceneName(name) };
    if (SETTINGS_FILE.test(name)) return { role: 'settings', name };
    if (name.toLowerCase() === 'manifest.json') return { role: 'manifest', name };
  }
  return { role: 'asset', name };
}

/**
 * What an object of the inbox is, by its key below the inbox. Names come back in unicode form NFC. A key
 * that would escape, that no file system takes, or that lies outside the layout is INVALID_INPUT.
 */
export function parseInboxKey(key: string): InboxItem {
  const segments = checkedSegments(key);
  const reason = ignoredBecause(segments);
  if (reason !== undefined) return { role: 'ignored', reason };
  const last = segments.at(-1)!;
  const [project, sequence, shot] = segments as [string, string, string];
  if (PROJECT_FILE.test(last) && segments.length === 2) return { role: 'project-settings', project };
  if (PROJECT_FILE.test(last) && segments.length === 3) {
    return { role: 'project-settings', project, sequence };
  }
  if (segments.length < 4) {
    const folders = segments.length - 1;
    refuse(key, `${folders} folder${folders === 1 ? '' : 's'} above the file, not 3`);
  }
  const shotId = `${project}/${sequence}/${shot}`;
  const file = segments.slice(3).join('/');
  return { project, sequence, shot, shotId, file, ...roleInShot(file) };
}

/** `project/sequence/shot` as people type it, checked like a key of the inbox and in form NFC. */
export function parseShotId(text: string): string {
  const item = parseInboxKey(`${text}/scene.blend`);
  if (item.role !== 'scene') {
    return refuse(text, 'a shot is <project>/<sequence>/<shot>, without hidden or temporary names');
  }
  return item.shotId;
}

/** Two names with one folded form are one file on Windows and macOS: writing both would lose one. */
export const foldName = (name: string): string => name.normalize('NFC').toLowerCase();

/** Groups of names that differ, but only in case or unicode form. */
export function nameCollisions(names: Iterable<string>): readonly (readonly string[])[] {
  const groups = new Map<string, Set<string>>();
  for (const name of names) {
    const folded = foldName(name);
    groups.set(folded, (groups.get(folded) ?? new Set()).add(name));
  }
  return [...groups.values()].filter((group) => group.size > 1).map((group) => [...group]);
}
