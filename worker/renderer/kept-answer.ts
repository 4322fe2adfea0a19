import { createHash, randomUUID } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Names a program's content well enough to notice a replaced one. */
export const programStamp = (program: string): string => {
  const path = realpathSync(program);
  const { mtimeMs, size } = statSync(path);
  return `${path} ${mtimeMs} ${size}`;
};

/**
 * What a program answers, from disk when it was asked before: starting Blender only to ask costs half a
 * second to two. The stamp stands for everything that the answer depends on. Texts that `isGood` does not
 * take (written by another version) are asked for again.
 */
export async function keptAnswer(
  directory: string,
  stamp: string,
  question: { readonly isGood: (text: string) => boolean; readonly ask: () => Promise<string> },
): Promise<string> {
  const path = join(directory, `${createHash('sha256').update(stamp).digest('hex')}.txt`);
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (question.isGood(kept)) return kept;
  const answer = await question.ask();
  await mkdir(directory, { recursive: true });
  const fresh = `${path}.${randomUUID()}`;
  await writeFile(fresh, answer);
  await rename(fresh, path);
  return answer;
}
