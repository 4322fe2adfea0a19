import { type Command, InvalidArgumentError } from 'commander';

/** An option that takes a whole number between two bounds; anything else is bad usage, told with the bounds. */
export const wholeNumber =
  (lowest: number, highest: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d{1,9}$/.test(text) && value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`Give a whole number from ${lowest} to ${highest}.`);
  };

export interface WorkOptions {
  readonly workers?: number;
  readonly blender?: string;
  readonly allowUnsandboxed?: boolean;
}

/** Options of every command that renders in this process. */
export const addWorkOptions = (command: Command): Command =>
  command
    .option(
      '--workers <n>',
      'how many render at once; as many as suit the machine when absent',
      wholeNumber(1, 256),
    )
    .option('--blender <path>', 'the blender program (DROPFRAME_BLENDER; looked for on the PATH when absent)')
    .option('--allow-unsandboxed', 'render without bubblewrap: a scene may then do what you may do');

export const runOptions = ({ workers, blender, allowUnsandboxed }: WorkOptions) => ({
  ...(workers === undefined ? {} : { workers }),
  ...(blender === undefined ? {} : { blender }),
  allowUnsandboxed: allowUnsandboxed ?? false,
});
