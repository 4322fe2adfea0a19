import * as z from 'zod/mini';
import type { PriceTable } from '#shared/core/prices.ts';

const label = z.string().check(z.minLength(1), z.maxLength(128));
const amount = z.number().check(z.nonnegative(), z.lte(1_000_000));

/** A table of prices of one's own: replaces the one that Dropframe brings. */
export const priceTable = z.strictObject({
  currency: z.string().check(z.regex(/^[A-Z]{3}$/)),
  date: label,
  source: label,
  prices: z
    .array(
      z.strictObject({
        cloud: label,
        type: label,
        gpu: label,
        region: label,
        onDemand: amount,
        spot: z.exactOptional(z.tuple([amount, amount])),
        asOf: label,
      }),
    )
    .check(z.minLength(1), z.maxLength(1000)),
}) satisfies z.ZodMiniType<PriceTable>;
