import { join } from 'node:path';
import { Command } from 'commander';
import { type Cli, EXIT, printJson, printLines } from '../context.ts';
import { doctorLines, examine } from '../doctor-checks.ts';
import { addPlaceOptions, type PlaceOptions, placeOf } from '../place.ts';

const EXAMPLES = `
Examples:
  $ dropframe doctor
  $ dropframe doctor --root /mnt/renders --json`;

interface DoctorOptions extends PlaceOptions {
  readonly allowUnsandboxed?: boolean;
  readonly json?: boolean;
}

async function doctor(cli: Cli, options: DoctorOptions): Promise<void> {
  const checks = await examine({
    environment: cli.env,
    root: placeOf(cli, options).root,
    home: join(import.meta.dirname, '..', '..'),
    allowUnsandboxed: options.allowUnsandboxed ?? false,
  });
  const ready = checks.every(({ status }) => status !== 'error');
  if (options.json) printJson(cli, { ready, checks });
  else printLines(cli.stdout, doctorLines(checks));
  cli.exitCode = ready ? EXIT.done : EXIT.failed;
}

export function command(cli: Cli): Command {
  const made = new Command('doctor')
    .description('What this machine has and what it lacks: Blender, devices, ffmpeg, sandbox, disk, clock.')
    .option('--allow-unsandboxed', 'take a missing sandbox for a warning');
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action((options: DoctorOptions) => doctor(cli, options));
}
