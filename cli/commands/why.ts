import { Command } from 'commander';
import { type Cli, printJson, printLines } from '../context.ts';
import { logLines } from '../describe-event.ts';
import { addPlaceOptions, type PlaceOptions, parseFrameNumber, withControl } from '../place.ts';
import { readFrameStories } from '../read-frame-stories.ts';
import { clockTime, duration, printable } from '../text.ts';
import type { AttemptStory, FrameStory } from '../why-story.ts';
import { isoTimes } from '../wire.ts';

const EXAMPLES = `
Examples:
  $ dropframe why film/sq01/sh010 12
  $ dropframe why last 12 --json`;

function attemptLines(attempt: AttemptStory): readonly string[] {
  const took =
    attempt.endedAt === undefined ? 'still running' : `for ${duration(attempt.endedAt - attempt.startedAt)}`;
  const own =
    attempt.seconds === undefined ? attempt.frame : `${attempt.frame} in ${attempt.seconds.toFixed(1)} s`;
  const head = `  attempt ${attempt.attempt} of slice ${attempt.slice}, ${attempt.worker}, ${clockTime(attempt.startedAt)}, ${took}: the attempt ${attempt.ended}, the frame ${own}`;
  const said = attempt.said.map(({ code, message }) => `    ${code}: ${message}`);
  const printed = attempt.printed?.map((line) => `    | ${line}`) ?? [];
  return [head, ...said, ...printed].map(printable);
}

/** The story of a frame, or of one part of it, for people. */
export function whyLines(story: FrameStory): readonly string[] {
  const part = story.parts > 1 ? `, part ${story.part + 1} of ${story.parts}` : '';
  const lines = [printable(`frame ${story.frame}${part}: ${story.state}: ${story.because}`)];
  for (const attempt of story.attempts) lines.push(...attemptLines(attempt));
  if (story.attempts.length === 0) lines.push('  no attempt yet');
  return [...lines, '  what happened:', ...logLines(story.events).map((line) => `    ${line}`)];
}

export function command(cli: Cli): Command {
  const made = new Command('why')
    .description(
      'The whole story of one frame: each attempt, where, how long, what was said, why it is not done yet.',
    )
    .argument('<render>', 'id, start of an id, shot, shot@v003, or last')
    .argument('<frame>', 'number of the frame');
  return addPlaceOptions(made)
    .addHelpText('after', EXAMPLES)
    .action((render: string, frame: string, options: PlaceOptions & { readonly json?: boolean }) => {
      const number = parseFrameNumber(frame);
      return withControl(cli, options, async (control) => {
        const stories = await readFrameStories(control, render, number);
        if (options.json) printJson(cli, isoTimes(stories));
        else printLines(cli.stdout, stories.flatMap(whyLines));
      });
    });
}
