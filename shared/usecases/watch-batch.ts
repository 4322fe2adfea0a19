import type { MessageOf } from '#events/messages.ts';
import { keys } from '#shared/core/keys.ts';
import type { SliceEvent } from '#shared/core/render-events.ts';
import { foldSlice, type SliceState, sliceStream } from '#shared/core/slice-state.ts';
import type { Ports } from '#shared/ports.ts';
import { readRender, recordSlice } from './journal.ts';

type Needs = Pick<Ports, 'clock' | 'renders' | 'work' | 'queue'>;
type Told = MessageOf<'watch-batch'>;

/**
 * A batch service says that the process for a slice is over. When its attempt has reported, that is all;
 * when not, it never will: the attempt is lost, and the slice is owed another one.
 */
export const watchBatch =
  (ports: Needs) =>
  async (told: Told): Promise<void> => {
    const { renderId, slice } = told;
    const { phase, generation } = await readRender(ports, renderId);
    if (phase !== 'rendering') return;
    const { last } = foldSlice(await ports.renders.read(renderId, sliceStream(slice)), generation);
    if (last?.submission === told.submission && (await hasReport(ports, renderId, slice, last.attempt))) {
      return await ports.queue.send({ type: 'collect-report', renderId, slice, attempt: last.attempt });
    }
    await recordSlice(ports, { renderId, slice, generation, who: 'watch-batch' }, (now) =>
      loss(now, told, generation),
    );
    await ports.queue.send({ type: 'dispatch-slices', renderId, slices: [[slice, 1]] });
  };

export const hasReport = async (
  { work }: Pick<Ports, 'work'>,
  renderId: string,
  slice: number,
  attempt: number,
): Promise<boolean> => (await work.head(keys.report(renderId, slice, attempt))) !== undefined;

function loss(
  now: SliceState,
  { submission, outcome, reason }: Told,
  generation: number,
): readonly SliceEvent[] {
  const lost = { type: 'lost', submission, generation, why: reason } as const;
  if (now.last?.phase === 'leased') {
    return now.last.submission === submission ? [{ ...lost, attempt: now.last.attempt }] : [];
  }
  const everLeased = now.last?.submission === submission;
  // A process that leased nothing and ended well found nothing to do.
  const unheard = everLeased || outcome === 'succeeded' || now.lostSubmissions.has(submission);
  return unheard ? [] : [{ ...lost, attempt: 0 }];
}
