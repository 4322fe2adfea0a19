import { Fault } from './fault.ts';
import { countFrames, type FrameRange } from './frame-range.ts';
import { parseFrames } from './frame-range-text.ts';
import type { RenderSettings, Resolution } from './settings.ts';

const wrong = (what: string, value: string, fix: string): never => {
  throw new Fault('INVALID_INPUT', `${JSON.stringify(value.slice(0, 100))} is not ${what}; ${fix}`, {
    details: { value: value.slice(0, 100), fix },
  });
};

/** `1-48`, `1-100x5` in FileSeq notation, the one for people; or the number of one frame. */
export function parseFrameSetting(value: string | number): FrameRange {
  const range = parseFrames(String(value), 'fileseq');
  return countFrames(range) > 0 ? range : wrong('a frame range', String(value), 'name at least one frame');
}

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
export const DURATION = /^(\d{1,7}(?:\.\d{1,3})?)\s*(ms|s|m|h)$/;

/** `90s`, `5m`, `1.5h` → milliseconds. */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text.trim());
  const ms = match ? Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]) : 0;
  if (ms < 1 || ms > 7 * 24 * UNIT_MS.h) {
    return wrong('a duration', text, 'write a number and s, m or h, such as 90s or 5m, up to 168h');
  }
  return ms;
}

/** Blender renders up to 65,536 pixels a side; more is a typing mistake or an attack. */
const MAX_SIDE = 65_536;
const RESOLUTION = /^(?:(\d{1,5}(?:\.\d{1,3})?)\s*%|(\d{1,6})\s*[xX×]\s*(\d{1,6}))$/;

/** `50%` of the scene's own size, or `1920x1080`. */
export function parseResolution(text: string): Resolution {
  const fix = `write a percentage such as "50%" or a size such as "1920x1080" (4 to ${MAX_SIDE} pixels a side)`;
  const match = RESOLUTION.exec(text.trim());
  if (!match) return wrong('a resolution', text, fix);
  if (match[1] !== undefined) {
    const percent = Number(match[1]);
    return percent >= 1 && percent <= 10_000 ? { percent } : wrong('a resolution', text, fix);
  }
  const [width, height] = [Number(match[2]), Number(match[3])];
  const fits = (side: number): boolean => side >= 4 && side <= MAX_SIDE;
  return fits(width) && fits(height) ? { width, height } : wrong('a resolution', text, fix);
}

const TILES = /^(\d{1,4})\s*[xX×]\s*(\d{1,4})(?:\s*\+\s*(\d{1,4}))?$/;

/** More tiles a frame cost more in start-up than they win. */
export const MAX_TILES = 1024;

/** `4x2`, or `4x2+32` with 32 pixels of overlap. */
export function parseTiles(text: string): NonNullable<RenderSettings['tiles']> {
  const match = TILES.exec(text.trim());
  const [columns, rows, overlap] = [
    Number(match?.[1] ?? 0),
    Number(match?.[2] ?? 0),
    Number(match?.[3] ?? 0),
  ];
  const count = columns * rows;
  if (count < 1 || count > MAX_TILES) {
    return wrong(
      'a tiling',
      text,
      `write columns x rows, such as "2x2" or "4x2+32" with 32 pixels of overlap, up to ${MAX_TILES} tiles`,
    );
  }
  return { columns, rows, overlap };
}

const MIB = { M: 1, G: 1024 } as const;
const MEMORY = /^(\d{1,9}(?:\.\d{1,3})?)\s*([MG])(?:i?B)?$/i;

/** `8GiB`, `8 GB` or `8192MiB` → MiB. GB is read as GiB: nobody sizes a GPU in powers of ten. */
export function parseMemory(text: string): number {
  const match = MEMORY.exec(text.trim());
  const mib = match ? Math.ceil(Number(match[1]) * MIB[match[2]!.toUpperCase() as keyof typeof MIB]) : 0;
  if (mib < 1 || mib > 1024 * 1024) {
    return wrong('an amount of memory', text, 'write such as "8GiB" or "8192MiB", up to 1024GiB');
  }
  return mib;
}

const BUDGET = /^(\d{1,9}(?:\.\d{1,4})?)\s*([A-Za-z]{3})$/;

/** `10 USD`: an amount and the three letters of its currency. */
export function parseBudget(text: string): NonNullable<RenderSettings['budget']> {
  const match = BUDGET.exec(text.trim());
  const amount = Number(match?.[1] ?? 0);
  if (amount <= 0) {
    return wrong('a budget', text, 'write an amount above 0 and a currency, such as "10 USD"');
  }
  return { amount, currency: match![2]!.toUpperCase() };
}

const DEADLINE =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(?:([Zz])|([+-])(\d{2}):?(\d{2}))$/;

const daysInMonth = (year: number, month: number): number => {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
};

/** Days from 1970-01-01 to a date of the Gregorian calendar; the year is taken to begin in March. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const leaps = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leaps + dayOfYear - 719_468;
}

/** An ISO date-time with its zone → epoch ms. Without a zone two machines would read two deadlines. */
export function parseDeadline(text: string): number {
  const fix = 'write a date, time and zone such as "2027-03-01T18:00:00+01:00" or "2027-03-01T17:00Z"';
  const match = DEADLINE.exec(text.trim());
  if (!match) return wrong('a deadline', text, fix);
  const parts = match.map((part) => Number(part ?? 0));
  const [, year, month, day, hour, minute, second] = parts as [
    0,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [zoneHour, zoneMinute] = [parts[10]!, parts[11]!];
  const real =
    month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month) && hour < 24 && minute < 60;
  if (!real || second > 59 || zoneHour > 14 || zoneMinute > 59) return wrong('a deadline', text, fix);
  const offset = (match[9] === '-' ? -1 : 1) * (zoneHour * 60 + zoneMinute);
  const ms = Math.floor(Number(`0.${match[7] ?? 0}`) * 1000);
  const minutes = (daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute - offset;
  return minutes * 60_000 + second * 1000 + ms;
}
