import { expect, test } from 'vitest';
import { MOST_MESSAGE_BYTES, messageText } from '#shared/core/message-text.ts';

const sized = (bytes: number, letter = 'x') => {
  const empty = JSON.stringify({ type: 'object-created', key: '' }).length;
  return {
    type: 'object-created',
    key: letter.repeat((bytes - empty) / new TextEncoder().encode(letter).length),
  };
};

test('a message of exactly the limit is carried, one byte more is not', () => {
  expect(messageText(sized(MOST_MESSAGE_BYTES))).toHaveLength(MOST_MESSAGE_BYTES);
  expect(() => messageText(sized(MOST_MESSAGE_BYTES + 1))).toThrow(
    expect.objectContaining({ code: 'TOO_LARGE', message: expect.stringContaining('49153') }),
  );
});

test('bytes count, not letters', () => {
  expect(messageText(sized(MOST_MESSAGE_BYTES - 64, '日')).length).toBeLessThan(MOST_MESSAGE_BYTES / 2);
  expect(() => messageText(sized(MOST_MESSAGE_BYTES + 64, '日'))).toThrow(
    expect.objectContaining({ code: 'TOO_LARGE' }),
  );
});
