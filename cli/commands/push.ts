import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { readSceneFile } from '#shared/blend-file.ts';
import { nameCollisions, parseShotId } from '#shared/core/inbox.ts';
import { collectScene, requireComplete } from '../collect-scene.ts';
import { type Cli, printJson, printLines } from '../context.ts';
import { addPlaceOptions, type PlaceOptions, placeOf } from '../place.ts';
import { createFolderTarget } from '../push-folder.ts';
import { pushScene } from '../push-scene.ts';
import { bytes, plural, printable } from '../text.ts';

const EXAMPLES = `
Examples:
  $ dropframe push shot.blend --to film/sq01/sh010
  $ dropframe push shot_v003.blend --to film/sq01/sh010 --inbox /mnt/inbox
  $ dropframe push shot.blend --to film/sq01/sh010 --allow-missing --json

Sends the scene, its libraries and every file that they refer to; what is there already is not sent again.
The manifest goes last: only then is the scene complete.`;

interface PushOptions extends PlaceOptions {
  readonly to: string;
  readonly allowMissing?: boolean;
  readonly json?: boolean;
}

async function push(cli: Cli, sceneArgument: string, options: PushOptions): Promise<void> {
  const shot = parseShotId(options.to);
  const scene = await collectScene(resolve(cli.cwd, sceneArgument), readSceneFile);
  requireComplete(scene, options.allowMissing ?? false);
  const folder = join(placeOf(cli, options).inbox, shot);
  const target = createFolderTarget(folder);
  const { sent, there } = await pushScene(scene, target, (file, isSent) => {
    if (!options.json)
      printLines(cli.stdout, [printable(`${isSent ? 'sent ' : 'there'}  ${file.path}  ${bytes(file.size)}`)]);
  });
  const collisions = nameCollisions(scene.files.map(({ path }) => path));
  if (options.json) {
    const named = (files: typeof sent) => files.map(({ path, size, sha256 }) => ({ path, size, sha256 }));
    printJson(cli, {
      shot,
      main: scene.main,
      sent: named(sent),
      there: named(there),
      missing: scene.missing,
      collisions,
    });
    return;
  }
  for (const names of collisions) {
    cli.stderr.write(`warning: ${printable(names.join(', '))}: one file on Windows and macOS; rename them\n`);
  }
  const size = sent.reduce((sum, file) => sum + file.size, 0);
  printLines(cli.stdout, [
    `${shot}: ${plural(sent.length, 'file')} sent (${bytes(size)}), ${there.length} there already`,
  ]);
}

export function command(cli: Cli): Command {
  const made = new Command('push')
    .description('Put a scene with all that it needs into the inbox.')
    .argument('<scene>', 'a .blend file')
    .requiredOption('--to <project/sequence/shot>', 'the shot that it belongs to')
    .option('--inbox <dir>', 'the inbox; <root>/inbox when absent')
    .option('--allow-missing', 'push although files that the scene refers to are missing');
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action((scene: string, options: PushOptions) => push(cli, scene, options));
}
