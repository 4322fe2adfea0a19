/** Times are epoch ms inside and ISO 8601 for other programs: every number under `at` or `…At`. */
export function isoTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(isoTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isTime = typeof inner === 'number' && (key === 'at' || key.endsWith('At'));
      return [key, isTime ? new Date(inner).toISOString() : isoTimes(inner)];
    }),
  );
}
