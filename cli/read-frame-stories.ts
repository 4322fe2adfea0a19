import { Fault } from '#shared/core/fault.ts';
import type { Control } from './control.ts';
import { renderIdOf } from './place.ts';
import { concerns, readPrinted } from './printed.ts';
import { type FrameStory, frameStories, slicesOfFrame } from './why-story.ts';

/** Reads what is known of one frame of a render: its log, the reports of its slices, and the printed end of attempts that failed. */
export async function readFrameStories(
  control: Control,
  render: string,
  frame: number,
): Promise<readonly FrameStory[]> {
  const renderId = await renderIdOf(control, render);
  const record = await control.read(renderId);
  if (!record) throw new Fault('NOT_FOUND', `${render}: there is no such render`);
  const reports = await Promise.all(
    slicesOfFrame(record, frame).map((slice) => control.reports(renderId, slice)),
  );
  const stories = frameStories(record, frame, reports.flat());
  return await Promise.all(stories.map((story) => withPrinted(control, renderId, story)));
}

const LAST_LINES = 8;

async function withPrinted(control: Control, renderId: string, story: FrameStory): Promise<FrameStory> {
  // What finished without the frame was never asked for it.
  const wanting = story.attempts.filter(
    ({ frame, ended }) => frame === 'failed' || (frame === 'not reached' && ended !== 'finished'),
  );
  const last = new Map<string, readonly string[]>();
  const slices = new Set(wanting.map(({ slice }) => slice));
  for await (const { slice, attempt, lines } of readPrinted(control, renderId, slices)) {
    const texts = lines.filter(concerns(story.frame)).map(({ text }) => text);
    last.set(`${slice}-${attempt}`, texts.slice(-LAST_LINES));
  }
  const attempts = story.attempts.map((attempt) => {
    const printed = wanting.includes(attempt) ? last.get(`${attempt.slice}-${attempt.attempt}`) : undefined;
    return printed ? { ...attempt, printed } : attempt;
  });
  return { ...story, attempts };
}
