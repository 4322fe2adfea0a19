import { readFile } from 'node:fs/promises';
import { priceTable } from '#events/prices.ts';
import { Fault } from '#shared/core/fault.ts';
import { DEFAULT_PRICES, type PriceTable } from '#shared/core/prices.ts';
import { checkDocument, parseText } from '#shared/settings-file.ts';

/** A table of one's own, or the one that Dropframe brings. */
export async function readPrices(file: string | undefined): Promise<PriceTable> {
  if (file === undefined) return DEFAULT_PRICES;
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new Fault('NOT_FOUND', `--prices: ${file}: ${cause.message}`, { cause });
  });
  return checkDocument(priceTable, parseText(text, file), file);
}
