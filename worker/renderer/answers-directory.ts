import { homedir } from 'node:os';
import { join } from 'node:path';

/** The user's own cache folder: what Blender is does not depend on what it renders. */
export const answersDirectory = (environment: Readonly<Record<string, string | undefined>>): string =>
  join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dropframe', 'answers');
