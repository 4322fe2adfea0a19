import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openOwnedDirectory, ownedName } from './owned-name.ts';

/** A directory of one user (an attempt, a warm Blender), gone when it is removed or its process is dead. */
export interface ScratchDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

export type MakeScratch = (stem: string) => Promise<ScratchDirectory>;

/** Opens the scratch directory of this machine and removes what dead processes left in it. */
export async function openScratch(directory: string): Promise<MakeScratch> {
  await openOwnedDirectory(directory);
  return async (stem) => {
    const path = join(directory, ownedName(stem));
    await mkdir(path, { recursive: true });
    return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
  };
}
