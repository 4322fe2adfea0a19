import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeCost, estimateCost, formatMoney } from '#shared/core/cost.ts';
import { Fault } from '#shared/core/fault.ts';
import { DEFAULT_PRICES, type PriceTable } from '#shared/core/prices.ts';

const machine = { cloud: 'X', gpu: 'G', region: 'r', asOf: '2026' };
const table: PriceTable = {
  currency: 'EUR',
  date: '2026-11-01',
  source: 'a test',
  prices: [
    { ...machine, type: 'big', onDemand: 3.6, spot: [0.36, 0.72] },
    { ...machine, type: 'small', onDemand: 1.8 },
  ],
};

describe('estimateCost', () => {
  test('seconds times the price an hour, cheapest first', () => {
    const estimate = estimateCost(1800, table);
    expect(estimate.types.map(({ price, onDemand, spot }) => [price.type, onDemand, spot])).toEqual([
      ['small', 0.9, undefined],
      ['big', 1.8, [0.18, 0.36]],
    ]);
    expect(estimate).toMatchObject({ lowest: 0.18, highest: 1.8, currency: 'EUR', date: '2026-11-01' });
  });

  test('a table without spot prices has its cheapest on-demand price as the lowest', () => {
    const estimate = estimateCost(3600, { ...table, prices: table.prices.slice(1) });
    expect([estimate.lowest, estimate.highest]).toEqual([1.8, 1.8]);
  });

  test('the default table: an hour of an L4 costs its price', () => {
    const l4 = estimateCost(3600, DEFAULT_PRICES).types.find(({ price }) => price.type === 'g6.xlarge');
    expect(l4?.onDemand).toBeCloseTo(0.8048, 10);
    for (const price of DEFAULT_PRICES.prices) {
      expect(price.spot![0]).toBeLessThanOrEqual(price.spot![1]);
      expect(price.spot![1]).toBeLessThan(price.onDemand);
    }
  });

  test('grows in step with the seconds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (seconds) => {
        const once = estimateCost(seconds, DEFAULT_PRICES);
        const twice = estimateCost(seconds * 2, DEFAULT_PRICES);
        expect(twice.highest).toBeCloseTo(once.highest * 2, 5);
        expect(once.lowest).toBeLessThanOrEqual(once.highest);
      }),
    );
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('%d seconds are refused', (seconds) => {
    expect(() => estimateCost(seconds, table)).toThrow(Fault);
  });
  test('an empty table is refused', () => {
    expect(() => estimateCost(1, { ...table, prices: [] })).toThrow('at least one price');
  });
});

describe('in words', () => {
  test.each([
    [0, '0.00 USD'],
    [0.000_416_66, '0.00042 USD'],
    [0.05, '0.050 USD'],
    [0.456, '0.46 USD'],
    [0.999, '1.00 USD'],
    [1, '1.00 USD'],
    [12.345, '12.35 USD'],
  ])('%d', (amount, text) => expect(formatMoney(amount, 'USD')).toBe(text));

  test('says what it assumes, and of when the prices are', () => {
    const text = describeCost(estimateCost(3600, table));
    expect(text).toBe(
      '0.36 EUR (spot) to 3.60 EUR (on demand) on a rented GPU machine that renders at the speed of this one, billed by the second; prices of 2026-11-01 (a test)',
    );
  });
});
