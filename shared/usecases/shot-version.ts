import { Fault } from '#shared/core/fault.ts';
import type { LogEvent } from '#shared/core/render-events.ts';
import type { Ports } from '#shared/ports.ts';
import { stamp } from './journal.ts';

const STREAM = 'versions';
const RACES = 50;

/**
 * The version under which a render of a shot is delivered: the one that was asked for when nobody has it,
 * else the next free one. Asking again for the same render gives the same version; no two renders share one.
 */
export async function takeVersion(
  { renders, clock }: Pick<Ports, 'renders' | 'clock'>,
  {
    shot,
    renderId,
    asked,
  }: { readonly shot: string; readonly renderId: string; readonly asked: number | undefined },
): Promise<number> {
  const subject = `shot:${shot}`;
  for (let race = 0; race < RACES; race += 1) {
    const log = await renders.read(subject, STREAM);
    const taken = log.filter(
      (event): event is LogEvent & { type: 'version-taken' } => event.type === 'version-taken',
    );
    const own = taken.find((event) => event.renderId === renderId);
    if (own) return own.shotVersion;
    const free = asked !== undefined && !taken.some((event) => event.shotVersion === asked);
    const shotVersion = free ? asked : Math.max(0, ...taken.map((event) => event.shotVersion)) + 1;
    const events = stamp([{ type: 'version-taken', shotVersion, renderId }], {
      at: clock.now(),
      who: 'request-render',
      stream: STREAM,
      version: log.length,
    });
    if (await renders.append(subject, STREAM, log.length, events)) return shotVersion;
  }
  throw new Fault('CONFLICT', `the versions of ${shot} changed ${RACES} times while one was taken`);
}
