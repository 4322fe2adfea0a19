import { Fault } from './fault.ts';
import type { Price, PriceTable } from './prices.ts';

/** What the measured seconds would have cost on one type of machine. */
export interface TypeCost {
  readonly price: Price;
  readonly onDemand: number;
  readonly spot?: readonly [lowest: number, highest: number];
}

/**
 * What a render would have cost on rented GPUs. It assumes what nobody has measured: that the rented
 * machine renders as fast as this one did. So it is an upper bound where a GPU beats this machine's CPU,
 * and it says so wherever it is printed.
 */
export interface CostEstimate {
  readonly machineSeconds: number;
  readonly currency: string;
  readonly date: string;
  readonly source: string;
  /** Cheapest on-demand price first. */
  readonly types: readonly TypeCost[];
  /** Over all types, from the cheapest spot price to the dearest on-demand price. */
  readonly lowest: number;
  readonly highest: number;
}

/**
 * `machineSeconds`: for how long machines rendered, start-up included, added up over the machines (not
 * over the processes of one machine). Billed by the second, without a minimum.
 */
export function estimateCost(machineSeconds: number, table: PriceTable): CostEstimate {
  if (!(machineSeconds >= 0 && machineSeconds < Number.POSITIVE_INFINITY)) {
    throw new Fault(
      'INVALID_INPUT',
      `machineSeconds: ${machineSeconds} is no number of seconds; give 0 or more`,
    );
  }
  if (table.prices.length === 0) {
    throw new Fault('INVALID_INPUT', 'prices: the table is empty; give at least one price');
  }
  const hours = machineSeconds / 3600;
  const types = table.prices
    .map((price): TypeCost => {
      const spot = price.spot && ([price.spot[0] * hours, price.spot[1] * hours] as const);
      return { price, onDemand: price.onDemand * hours, ...(spot ? { spot } : {}) };
    })
    .sort((a, b) => a.onDemand - b.onDemand);
  return {
    machineSeconds,
    currency: table.currency,
    date: table.date,
    source: table.source,
    types,
    lowest: types.reduce(
      (lowest, { spot, onDemand }) => Math.min(lowest, spot?.[0] ?? onDemand),
      Number.MAX_VALUE,
    ),
    highest: types.reduce((highest, { onDemand }) => Math.max(highest, onDemand), 0),
  };
}

/** Two significant digits below one, cents above: nobody is helped by `0.00041666`. */
export const formatMoney = (amount: number, currency: string): string =>
  `${amount === 0 || amount >= 1 ? amount.toFixed(2) : Number(amount.toPrecision(2)).toFixed(decimals(amount))} ${currency}`;

const decimals = (amount: number): number => Math.max(2, 1 - Math.floor(Math.log10(amount)));

/** The estimate in one sentence, with what it assumes. */
export function describeCost(estimate: CostEstimate): string {
  const { currency } = estimate;
  const range = `${formatMoney(estimate.lowest, currency)} (spot) to ${formatMoney(estimate.highest, currency)} (on demand)`;
  return (
    `${range} on a rented GPU machine that renders at the speed of this one, billed by the second; ` +
    `prices of ${estimate.date} (${estimate.source})`
  );
}
