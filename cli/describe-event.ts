import type { LogEvent, Reason } from '#shared/core/render-events.ts';
import { clockTime, duration, plural, printable } from './text.ts';

const said = (reason: Reason | undefined): string => (reason ? `: ${reason.code}: ${reason.message}` : '');

/** What happened, in words. */
export function describeEvent(event: LogEvent): string {
  switch (event.type) {
    case 'requested':
      return `requested: ${event.name} for ${event.shot} (${event.why})`;
    case 'waiting-inputs':
      return `waits for ${plural(event.missing.length, 'input')}: ${event.missing.join(', ')}`;
    case 'inputs-complete':
      return `all inputs are there; version ${event.shotVersion}${event.note ? ` (${event.note})` : ''}`;
    case 'planned': {
      const more = event.complete ? '' : ', more once the first frames have told how long one takes';
      const warned = event.warnings.map((warning) => said(warning)).join('');
      return `planned: ${plural(event.frameCount, 'frame')} in ${plural(event.slices, 'slice')}${more}${warned}`;
    }
    case 'dispatched': {
      const [first, count] = event.slices;
      const slices = count === 1 ? `slice ${first}` : `slices ${first} to ${first + count - 1}`;
      return `dispatched ${slices} to ${event.pool} as ${event.submission}`;
    }
    case 'assembling':
      return `assembling (${event.holder})`;
    case 'assembled': {
      const missing = event.missing > 0 ? `, ${event.missing} missing` : '';
      return `assembled ${plural(event.frames, 'frame')}${missing}`;
    }
    case 'published':
      return `published ${plural(event.files.length, 'file')} in ${event.place}`;
    case 'failed':
      return `failed${said(event)}`;
    case 'cancelled':
      return `cancelled: ${event.why}`;
    case 'retried':
      return `asked again: ${event.why}`;
    case 'leased':
      return `attempt ${event.attempt} of ${plural(event.frames, 'frame')} by ${event.worker}`;
    case 'reported': {
      const failures = event.failures.map(
        ({ frame, code, message }) => `; frame ${frame} failed: ${code}: ${message}`,
      );
      const took = duration(event.seconds * 1000);
      return `attempt ${event.attempt} ${event.ended}: ${plural(event.framesDone, 'frame')} in ${took}${said(event.reason)}${failures.join('')}`;
    }
    case 'lost':
      return `attempt ${event.attempt} lost: ${event.why}`;
    case 'requeued':
      return `queued again as ${event.submission}: ${event.why}`;
    case 'version-taken':
      return `version ${event.shotVersion} is ${event.renderId}`;
  }
}

const streamName = (stream: string): string => {
  const slice = /^slice\/(\d+)$/.exec(stream);
  return slice ? `slice ${Number(slice[1])}` : stream;
};

/** In the order in which things happened; events of one stream never change places. */
export const inOrder = (events: readonly LogEvent[]): readonly LogEvent[] =>
  events.toSorted((a, b) => a.at - b.at || (a.stream === b.stream ? a.version - b.version : 0));

/** The event log, one event a line: when, where, what, by whom. */
export const logLines = (events: readonly LogEvent[]): readonly string[] =>
  inOrder(events).map((event) =>
    printable(
      `${clockTime(event.at)}  ${streamName(event.stream).padEnd(9)}  ${describeEvent(event)}  [${event.who}]`,
    ),
  );
