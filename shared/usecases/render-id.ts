import type { SceneManifest } from '#events/scene.ts';

const hex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const sha256 = async (text: string): Promise<string> =>
  hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

/** A scene's identity: the hash of what it consists of, whatever order the files were named in. */
export const sceneIdOf = ({ main, files }: SceneManifest): Promise<string> =>
  sha256(
    JSON.stringify([
      main,
      files.map(({ path, sha256: hash }) => [path, hash]).sort(([a], [b]) => (a! < b! ? -1 : 1)),
    ]),
  );

const ID_DIGITS = 12;
const SLUG_LENGTH = 40;

/**
 * A render's id, derived from what it is: the same request twice has the same id. Starts with the shot's
 * name, so that people recognise it; fits the names that batch services allow (`[A-Za-z0-9_-]`, 128).
 */
export async function renderIdOf(identity: {
  readonly shot: string;
  /** Of the scene file alone, so that a render has its id while its other inputs are awaited. */
  readonly mainSha256: string;
  readonly askedVersion: number | undefined;
  /** As `canonicalSettings` writes them. */
  readonly settings: string;
  /** The scene's id where the same scene file came with other assets before. */
  readonly variant: string;
}): Promise<string> {
  const { shot, mainSha256, askedVersion, settings, variant } = identity;
  const digest = await sha256(JSON.stringify([shot, mainSha256, askedVersion ?? null, settings, variant]));
  const slug = shot
    .slice(shot.lastIndexOf('/') + 1)
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, SLUG_LENGTH)
    .replace(/^-+|-+$/g, '')
    .toLowerCase();
  return `${slug || 'render'}-${digest.slice(0, ID_DIGITS)}`;
}
