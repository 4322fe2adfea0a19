import { Fault } from './fault.ts';
import { utf8Length } from './names.ts';

/**
 * What every queue carries, so that no message works on one cloud only. Azure Storage queues take 64 KiB, and
 * base64 makes that 48 KiB of text (Microsoft Learn, "Azure Storage queues and Service Bus queues compared").
 */
export const MOST_MESSAGE_BYTES = 48 * 1024;

/** A message as the text that queues carry. TOO_LARGE for what not every queue could carry. */
export function messageText(message: { readonly type: string }): string {
  const text = JSON.stringify(message);
  const bytes = utf8Length(text);
  if (bytes > MOST_MESSAGE_BYTES) {
    throw new Fault(
      'TOO_LARGE',
      `the message ${message.type} has ${bytes} bytes and queues take ${MOST_MESSAGE_BYTES}; send ids, not contents`,
    );
  }
  return text;
}
