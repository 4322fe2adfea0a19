import fc from 'fast-check';

/** One part of a FileSeq or OpenCue text, as data. */
export interface Part {
  readonly start: number;
  readonly end: number | undefined;
  readonly kind: 'x' | 'y' | ':' | undefined;
  readonly step: number;
}

const frame = fc.oneof(fc.integer({ min: -40, max: 60 }), fc.integer({ min: 0, max: 150 }));

export const part: fc.Arbitrary<Part> = fc.record({
  start: frame,
  end: fc.option(frame, { nil: undefined, freq: 8 }),
  kind: fc.constantFrom(undefined, 'x' as const, 'y' as const, ':' as const),
  step: fc.oneof(fc.integer({ min: -12, max: 12 }), fc.integer({ min: -90, max: 90 })),
});

export const partText = ({ start, end, kind, step }: Part): string =>
  end === undefined ? `${start}` : kind === undefined ? `${start}-${end}` : `${start}-${end}${kind}${step}`;

/** A FileSeq text that is always valid. */
export const fileseq: fc.Arbitrary<string> = fc
  .array(
    part.map((drawn) => {
      const upwards = drawn.end !== undefined && drawn.end > drawn.start;
      const step = drawn.step === 0 ? 1 : upwards ? Math.abs(drawn.step) : drawn.step;
      return partText({ ...drawn, step });
    }),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(','));

export function counted(start: number, end: number, step: number): number[] {
  const frames: number[] = [];
  if (start <= end) for (let at = start; at <= end; at += step) frames.push(at);
  else for (let at = start; at >= end; at -= step) frames.push(at);
  return frames;
}

export const firstOnly = (frames: readonly number[]): number[] => [...new Set(frames)];
