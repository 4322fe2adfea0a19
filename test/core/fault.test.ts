import { describe, expect, test } from 'vitest';
import { FAULTS, Fault, type FaultCode, isRetryable } from '#shared/core/fault.ts';

describe('faults', () => {
  test.each(Object.entries(FAULTS))('%s is retryable as its table says', (code, { retryable }) => {
    expect(new Fault(code as FaultCode, 'why').retryable).toBe(retryable);
    expect(isRetryable(new Fault(code as FaultCode, 'why'))).toBe(retryable);
  });

  test('whatever is no fault is a bug or an outage: retried', () => {
    for (const error of [new TypeError('x'), 'text', undefined]) expect(isRetryable(error)).toBe(true);
  });

  test('carries its cause and its details, or neither', () => {
    const cause = new Error('below');
    const fault = new Fault('NOT_FOUND', 'no such', { cause, details: { key: 'k' } });
    expect(fault).toMatchObject({ name: 'Fault', cause, details: { key: 'k' }, message: 'no such' });
    expect('cause' in new Fault('NOT_FOUND', 'no such')).toBe(false);
  });
});
