import { Fault } from '#shared/core/fault.ts';
import type { Control } from './control.ts';
import { renderIdOf } from './place.ts';
import { type FrameStory, frameStories, slicesOfFrame } from './why-story.ts';

/** Reads what is known of one frame of a render: its log, and the reports of its slices. */
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
  return frameStories(record, frame, reports.flat());
}
