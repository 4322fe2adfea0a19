import { type Command, Option } from 'commander';
import type { RenderSettings } from '#shared/core/settings.ts';
import { checkSettings } from '#shared/settings-file.ts';

/** What an option's text becomes before the schema sees it: numbers and lists cannot be told from text alone. */
const numeric = (text: string): unknown => (/^\s*-?\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : text);
const list = (text: string, before: unknown): unknown => [
  ...(Array.isArray(before) ? before : []),
  ...text.split(',').map((part) => part.trim()),
];

const OPTIONS: readonly Option[] = [
  new Option('--frames <expr>', 'frames to render, in FileSeq notation: 1-48, 1-100x5'),
  new Option('--slice <size>', 'frames of one slice, or a duration such as 5m').argParser(numeric),
  new Option('--order <order>', 'sequential or scout-first'),
  new Option('--tiles <CxR>', 'tiles of a frame: 2x2, or 2x2+32 with 32 pixels of overlap'),
  new Option('--sample-subsets <n>', 'cut the samples of a frame into n subsets').argParser(numeric),
  new Option('--resolution <size>', '50% or 1920x1080'),
  new Option('--samples <n>', 'samples a pixel').argParser(numeric),
  new Option('--format <format>', 'png, exr, exr-multilayer, jpeg, tiff, webp, bmp, tga, hdr or dpx'),
  new Option('--camera <name>', 'camera to render through'),
  new Option('--view-layer <name>', 'view layer to render'),
  new Option('--device <device>', 'cpu, cuda, optix, hip, metal or oneapi; fails when it is not there'),
  new Option('--gpu-memory <size>', 'GPU memory that a slice needs: 8GiB'),
  new Option('--priority <n>', '0 to 100; 50 when absent').argParser(numeric),
  new Option('--deadline <time>', 'date, time and zone: 2027-03-01T18:00:00+01:00'),
  new Option('--budget <amount>', 'what it may cost: "10 USD"'),
  new Option('--deliverables <names>', 'sequence, movie, poster, contact-sheet').argParser(list),
  new Option('--allow-missing', 'render although textures, libraries or fonts are missing'),
  new Option('--force <names>', 'slice although that changes the picture: names of the refusals').argParser(
    list,
  ),
];

/** The options of every command that takes the settings of a render. */
export function addSettingsOptions(command: Command): Command {
  for (const option of OPTIONS) command.addOption(option);
  return command;
}

const kebab = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The layer of settings that the command line gives; errors name the option. */
export function settingsFromOptions(options: Readonly<Record<string, unknown>>): RenderSettings {
  const keys = OPTIONS.map((option) => option.attributeName());
  const given = keys.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]);
  return checkSettings(Object.fromEntries(given), 'command line', (field) => `--${kebab(field)}`);
}
