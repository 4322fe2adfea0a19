import type { FilesAtHand } from '#shared/core/blend/missing.ts';

/** These paths, as a scene among them sees them. */
export function filesAtHand(paths: Iterable<string>): FilesAtHand {
  const all = new Set(paths);
  const folders = new Map<string, string[]>();
  for (const path of all) {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(0, slash));
    const names = folders.get(folder);
    if (names) names.push(path.slice(slash + 1));
    else folders.set(folder, [path.slice(slash + 1)]);
  }
  return {
    has: (path) => all.has(path),
    names: (folder) => folders.get(folder) ?? [],
    *below(folder) {
      for (const path of all) if (path.startsWith(`${folder}/`)) yield path.slice(folder.length + 1);
    },
  };
}
