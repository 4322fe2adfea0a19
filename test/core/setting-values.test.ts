import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '#shared/core/fault.ts';
import {
  parseBudget,
  parseDeadline,
  parseDuration,
  parseFrameSetting,
  parseMemory,
  parseResolution,
  parseTiles,
} from '#shared/core/setting-values.ts';

const PARSERS = { parseBudget, parseDeadline, parseDuration, parseMemory, parseResolution, parseTiles };

type Row = readonly [keyof typeof PARSERS, string, unknown];

test.each<Row>([
  ['parseDuration', '5m', 300_000],
  ['parseDuration', ' 90 s ', 90_000],
  ['parseDuration', '1.5h', 5_400_000],
  ['parseDuration', '250ms', 250],
  ['parseDuration', '168h', 604_800_000],
  ['parseResolution', '50%', { percent: 50 }],
  ['parseResolution', '33.3 %', { percent: 33.3 }],
  ['parseResolution', '1%', { percent: 1 }],
  ['parseResolution', '10000%', { percent: 10_000 }],
  ['parseResolution', '1920x1080', { width: 1920, height: 1080 }],
  ['parseResolution', '4 X 65536', { width: 4, height: 65_536 }],
  ['parseResolution', '640×360', { width: 640, height: 360 }],
  ['parseTiles', '2x2', { columns: 2, rows: 2, overlap: 0 }],
  ['parseTiles', '4x1 + 32', { columns: 4, rows: 1, overlap: 32 }],
  ['parseTiles', '32x32', { columns: 32, rows: 32, overlap: 0 }],
  ['parseMemory', '8GiB', 8192],
  ['parseMemory', '8 GB', 8192],
  ['parseMemory', '1.5g', 1536],
  ['parseMemory', '8192MiB', 8192],
  ['parseMemory', '0.1M', 1],
  ['parseMemory', '1024GiB', 1_048_576],
  ['parseBudget', '10 USD', { amount: 10, currency: 'USD' }],
  ['parseBudget', '0.5eur', { amount: 0.5, currency: 'EUR' }],
  ['parseDeadline', '1970-01-01T00:00:00Z', 0],
  ['parseDeadline', '2027-03-01T18:00:00+01:00', Date.UTC(2027, 2, 1, 17)],
  ['parseDeadline', '2027-03-01 17:00Z', Date.UTC(2027, 2, 1, 17)],
  ['parseDeadline', '2027-03-01t17:00:59.1239-0330', Date.UTC(2027, 2, 1, 20, 30, 59, 123)],
  ['parseDeadline', '2000-02-29T00:00z', Date.UTC(2000, 1, 29)],
  ['parseDeadline', '2028-02-29T23:59+14:00', Date.UTC(2028, 1, 29, 9, 59)],
])('%s %j', (parser, text, expected) => expect(PARSERS[parser](text)).toEqual(expected));

test.each<readonly [keyof typeof PARSERS, string]>([
  ['parseDuration', ''],
  ['parseDuration', '5'],
  ['parseDuration', '0s'],
  ['parseDuration', '-5m'],
  ['parseDuration', '169h'],
  ['parseDuration', '99999999s'],
  ['parseResolution', '50'],
  ['parseResolution', '0%'],
  ['parseResolution', '10001%'],
  ['parseResolution', '3x100'],
  ['parseResolution', '100x3'],
  ['parseResolution', '65537x100'],
  ['parseResolution', '100x65537'],
  ['parseResolution', 'x'.repeat(100_000)],
  ['parseTiles', '2'],
  ['parseTiles', '0x2'],
  ['parseTiles', '33x32'],
  ['parseTiles', '2x2+x'],
  ['parseMemory', '8'],
  ['parseMemory', '0GiB'],
  ['parseMemory', '1025GiB'],
  ['parseBudget', '10'],
  ['parseBudget', '0 USD'],
  ['parseBudget', '-1 USD'],
  ['parseDeadline', '2027-03-01'],
  ['parseDeadline', '2027-03-01T18:00:00'],
  ['parseDeadline', '2027-13-01T00:00Z'],
  ['parseDeadline', '2027-00-01T00:00Z'],
  ['parseDeadline', '2027-02-29T00:00Z'],
  ['parseDeadline', '2100-02-29T00:00Z'],
  ['parseDeadline', '2027-04-31T00:00Z'],
  ['parseDeadline', '2027-04-00T00:00Z'],
  ['parseDeadline', '2027-04-01T24:00Z'],
  ['parseDeadline', '2027-04-01T00:60Z'],
  ['parseDeadline', '2027-04-01T00:00:60Z'],
  ['parseDeadline', '2027-04-01T00:00+15:00'],
  ['parseDeadline', '2027-04-01T00:00+00:60'],
])('%s %.40j is refused with a way to write it', (parser, text) => {
  let thrown: unknown;
  try {
    PARSERS[parser](text);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(Fault);
  const { code, message, details } = thrown as Fault;
  expect(code).toBe('INVALID_INPUT');
  expect(message).toContain('write');
  expect(message.length).toBeLessThan(400);
  expect(details).toHaveProperty('fix');
});

describe('properties', () => {
  test('every date-time of the platform reads as the platform reads it', () => {
    const noInvalidDate = { noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') };
    fc.assert(
      fc.property(fc.date(noInvalidDate), (date) => {
        expect(parseDeadline(date.toISOString())).toBe(date.getTime());
      }),
    );
  });

  test('any text is a value or a Fault', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const parse of [...Object.values(PARSERS), parseFrameSetting]) {
          try {
            parse(text);
          } catch (error) {
            expect(error).toBeInstanceOf(Fault);
          }
        }
      }),
    );
  });
});

describe('parseFrameSetting', () => {
  test.each([
    ['1-4', [{ start: 1, step: 1, count: 4 }]],
    [7, [{ start: 7, step: 1, count: 1 }]],
  ])('%j', (value, runs) => expect(parseFrameSetting(value)).toEqual(runs));
  test('a range without a frame is refused', () => {
    expect(() => parseFrameSetting(' ')).toThrow(/frame/);
  });
  test('what is no range is refused', () => expect(() => parseFrameSetting('1-x')).toThrow(Fault));
});
