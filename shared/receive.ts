import * as z from 'zod/mini';
import { type Message, message } from '#events/messages.ts';
import { Fault, isRetryable } from './core/fault.ts';
import type { Ports } from './ports.ts';

/** What handles each kind of message: the use-cases, bound to their ports. */
export type Handlers = {
  readonly [T in Message['type']]: (message: Extract<Message, { type: T }>) => Promise<void>;
};

/** Text or object to message; INVALID_MESSAGE names what is wrong with it. */
export function parseMessage(raw: unknown): Message {
  let value = raw;
  if (typeof raw === 'string') {
    try {
      value = JSON.parse(raw);
    } catch (cause) {
      throw new Fault('INVALID_MESSAGE', `the message is no JSON: ${(cause as Error).message}`, { cause });
    }
  }
  const parsed = message.safeParse(value);
  if (!parsed.success) throw new Fault('INVALID_MESSAGE', z.prettifyError(parsed.error));
  return parsed.data;
}

/**
 * The inbound edge, once for every cloud. Returning means acknowledged; throwing means "deliver it again".
 * What delivering again cannot help ends in the rejects, with its reason.
 */
export const receive =
  (handlers: Handlers, { rejects, clock }: Pick<Ports, 'rejects' | 'clock'>) =>
  async (raw: unknown): Promise<void> => {
    try {
      const parsed = parseMessage(raw);
      await (handlers[parsed.type] as (message: Message) => Promise<void>)(parsed);
    } catch (error) {
      if (isRetryable(error)) throw error;
      const { code, message: reason } = error as Fault;
      await rejects.send({ subject: subjectOf(raw), code, message: reason, raw, at: clock.now() });
    }
  };

/** What the reject is about, as far as the message still says. */
function subjectOf(raw: unknown): string {
  const { renderId, key, type } = fieldsOf(raw);
  return [key, renderId, type].find((name) => typeof name === 'string') ?? 'message';
}

function fieldsOf(raw: unknown): Partial<Record<string, string>> {
  try {
    const value: unknown = typeof raw === 'string' ? JSON.parse(raw) : raw;
    return value !== null && typeof value === 'object' ? (value as Partial<Record<string, string>>) : {};
  } catch {
    return {};
  }
}
