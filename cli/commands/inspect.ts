import { resolve } from 'node:path';
import { Command } from 'commander';
import { readSceneFile } from '#shared/blend-file.ts';
import { missingReferences } from '#shared/core/blend/missing.ts';
import { filesOnDisk } from '../collect-scene.ts';
import { type Cli, printJson, printLines } from '../context.ts';
import { type Inspection, inspectionJson, inspectionLines } from '../inspect-output.ts';

const EXAMPLES = `
Examples:
  $ dropframe inspect shot.blend
  $ dropframe inspect shot.blend --json`;

async function inspect(cli: Cli, scene: string, { json }: { readonly json?: boolean }): Promise<void> {
  const path = resolve(cli.cwd, scene);
  const facts = await readSceneFile(path);
  const inspection: Inspection = { path, facts, missing: missingReferences(facts, path, filesOnDisk) };
  if (json) printJson(cli, inspectionJson(inspection));
  else printLines(cli.stdout, inspectionLines(inspection));
}

export function command(cli: Cli): Command {
  return new Command('inspect')
    .description('What a scene says of itself and which files it is missing, without Blender.')
    .argument('<scene>', 'a .blend file')
    .addHelpText('after', EXAMPLES)
    .action((scene: string, options: { readonly json?: boolean }) => inspect(cli, scene, options));
}
