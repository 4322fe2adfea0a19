/** Where things are in the work bucket: the one place that spells object keys. */
export const keys = {
  asset: (sha256: string) => `assets/${sha256}`,
  scene: (sceneId: string) => `scenes/${sceneId}.json`,
  plan: (renderId: string, round: number) => `renders/${renderId}/plan-${round}.json`,
  attemptFile: (renderId: string, slice: number, attempt: number, name: string) =>
    `renders/${renderId}/attempts/${pad(slice)}/${attempt}/${name}`,
  reports: (renderId: string) => `renders/${renderId}/reports/`,
  report: (renderId: string, slice: number, attempt: number) =>
    `renders/${renderId}/reports/${pad(slice)}-${attempt}.json`,
  manifest: (renderId: string, generation: number) => `renders/${renderId}/manifest-${generation}.json`,
} as const;

const pad = (slice: number): string => String(slice).padStart(6, '0');

/** Which attempt a report object speaks for; `undefined` for any other key. */
export function parseReportKey(
  key: string,
): { readonly renderId: string; readonly slice: number; readonly attempt: number } | undefined {
  const match = /^renders\/([^/]+)\/reports\/(\d+)-(\d+)\.json$/.exec(key);
  return match ? { renderId: match[1]!, slice: Number(match[2]), attempt: Number(match[3]) } : undefined;
}
