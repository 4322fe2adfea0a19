import { createInterface } from 'node:readline';
import { Command, Option } from 'commander';
import { Fault } from '#shared/core/fault.ts';
import { DIALECTS } from '#shared/core/frame-range-dialects.ts';
import { type Cli, EXIT } from '../context.ts';
import { type FramesOptions, framesJson, framesText, readFrames, writeText } from '../frames-output.ts';
import { wholeNumber } from '../run-options.ts';
import { printable } from '../text.ts';

const EXAMPLES = `
Examples:
  $ dropframe frames 1-10x3
  $ dropframe frames 1-10:4 --dialect openjd
  $ dropframe frames 1-100 --chunk 24
  $ dropframe frames -5-5 --json
  $ printf '1-5\\n9\\n' | dropframe frames - --json

With - every line of standard input is one expression. With --json each gives one line, {"input":…,"frames":[…]}
or {"input":…,"error":"…"}; errors of lines are then data, and the exit code is 0.`;

interface Options extends FramesOptions {
  readonly json?: boolean;
}

/** One expression of many: what is wrong with it is told, and the next one is read. */
async function printLine(cli: Cli, input: string, options: Options): Promise<void> {
  try {
    const range = readFrames(input, options.dialect);
    await writeText(
      cli.stdout,
      options.json ? framesJson(input, range, options) : framesText(range, options),
    );
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (options.json) {
      cli.stdout.write(`${JSON.stringify({ input, error: error.message })}\n`);
    } else {
      cli.stderr.write(`dropframe: ${printable(error.message)}\n`);
      cli.exitCode = EXIT.usage;
    }
  }
}

async function frames(cli: Cli, expression: string, options: Options): Promise<void> {
  if (expression === '-') {
    const lines = createInterface({ input: cli.stdin, crlfDelay: Number.POSITIVE_INFINITY });
    for await (const line of lines) await printLine(cli, line, options);
    return;
  }
  const range = readFrames(expression, options.dialect);
  await writeText(
    cli.stdout,
    options.json ? framesJson(expression, range, options) : framesText(range, options),
  );
}

export function command(cli: Cli): Command {
  return new Command('frames')
    .description('Print the frames that a frame range means, in the order in which they are rendered.')
    .argument('<expr>', 'a frame range, or - for one on each line of standard input')
    .addOption(new Option('--dialect <name>', 'how to read it').choices(DIALECTS).default('fileseq'))
    .option('--chunk <n>', 'print chunks of at most n frames, one on each line', wholeNumber(1, 999_999_999))
    .option('--contiguous', 'cut chunks at gaps, too')
    .addHelpText('after', EXAMPLES)
    .action((expression: string, options: Options) => frames(cli, expression, options));
}
