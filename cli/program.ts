import { Command } from 'commander';
import packageFile from '../package.json' with { type: 'json' };
import { type Cli, EXIT, EXIT_HELP } from './context.ts';
import { reportError } from './errors.ts';

interface CommandEntry {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** Loaded only when asked for, so that a quick command starts quickly. */
  load(): Promise<{ command(cli: Cli): Command }>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'up',
    usage: '[options]',
    summary: 'watch an inbox and render what is dropped',
    load: () => import('./commands/up.ts'),
  },
  {
    name: 'render',
    usage: 'SCENE [options]',
    summary: 'render one scene, start to end',
    load: () => import('./commands/render.ts'),
  },
  {
    name: 'push',
    usage: 'SCENE --to SHOT',
    summary: 'put a scene with all that it needs into the inbox',
    load: () => import('./commands/push.ts'),
  },
  {
    name: 'inspect',
    usage: 'SCENE',
    summary: 'what a scene says of itself, and what it is missing',
    load: () => import('./commands/inspect.ts'),
  },
  {
    name: 'frames',
    usage: 'EXPR',
    summary: 'print the frames of a frame range',
    load: () => import('./commands/frames.ts'),
  },
  {
    name: 'plan',
    usage: 'SCENE [options]',
    summary: 'the slices of a scene, without rendering',
    load: () => import('./commands/plan.ts'),
  },
  { name: 'list', usage: '[options]', summary: 'the renders', load: () => import('./commands/list.ts') },
  {
    name: 'status',
    usage: 'RENDER',
    summary: 'how far a render is',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'why',
    usage: 'RENDER FRAME',
    summary: 'the whole story of one frame',
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'logs',
    usage: 'RENDER [FRAME]',
    summary: 'the event log of a render',
    load: () => import('./commands/logs.ts'),
  },
  { name: 'cancel', usage: 'RENDER', summary: 'stop a render', load: () => import('./commands/cancel.ts') },
  {
    name: 'retry',
    usage: 'RENDER',
    summary: 'render the frames that failed again',
    load: () => import('./commands/retry.ts'),
  },
  {
    name: 'doctor',
    usage: '[options]',
    summary: 'what this machine has and what it lacks',
    load: () => import('./commands/doctor.ts'),
  },
];

const EXAMPLES = `
Examples:
  $ dropframe render shot.blend --frames 1-48 --resolution 50%
  $ dropframe up --inbox inbox --output frames
  $ dropframe push shot.blend --to film/sq01/sh010
  $ dropframe why film/sq01/sh010 12

Every command takes --json and --help.`;

/** Errors are thrown to `run`, which tells them in one form. */
function silent(command: Command): Command {
  return command.exitOverride().configureOutput({ writeErr: () => {} });
}

/** The program with one command loaded, or with the names of all. */
export async function createProgram(cli: Cli, wanted: string | undefined): Promise<Command> {
  const program = silent(new Command('dropframe'))
    .description(packageFile.description)
    .version(packageFile.version)
    .helpCommand(false)
    .addHelpText('after', EXAMPLES + EXIT_HELP);
  program.configureOutput({ writeOut: (text) => cli.stdout.write(text), writeErr: () => {} });
  for (const { name, usage, summary, load } of COMMANDS) {
    if (name !== wanted) {
      program.addCommand(silent(new Command(name)).summary(summary).usage(usage));
      continue;
    }
    const { command } = await load();
    const loaded = silent(command(cli)).summary(summary).option('--json', 'print JSON, for other programs');
    loaded.configureOutput({ writeOut: (text) => cli.stdout.write(text), writeErr: () => {} });
    program.addCommand(loaded.addHelpText('after', EXIT_HELP));
  }
  return program;
}

/** `dropframe frames -5-5`: a range that begins below zero is no option. */
function shielded(args: readonly string[]): readonly string[] {
  const isRange = (argument: string): boolean => /^-\d/.test(argument);
  if (args[0] !== 'frames' || args.includes('--')) return args;
  return [...args.filter((argument) => !isRange(argument)), '--', ...args.filter(isRange)];
}

/** Runs one command line to its end. Never throws: `cli.exitCode` and what was printed tell how it went. */
export async function run(args: readonly string[], cli: Cli): Promise<void> {
  const json = args.includes('--json');
  try {
    const wanted = args.find((argument) => !argument.startsWith('-'));
    const program = await createProgram(cli, wanted);
    if (args.length === 0) {
      program.outputHelp();
      cli.exitCode = EXIT.usage;
      return;
    }
    await program.parseAsync(shielded(args), { from: 'user' });
  } catch (error) {
    reportError(cli, error, json);
  }
}
