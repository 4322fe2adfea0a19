const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/**
 * `frames / base` as an exact fraction. Blender keeps the base as a 32-bit float (1.001 for 23.976), so the
 * simplest fraction that rounds to the same float is what was meant: 24 / 1.001 is 24000/1001.
 */
export const frameRate = (frames: number, base: number): { numerator: number; denominator: number } => {
  // Convergents of the continued fraction of `base`: each closer than the one before.
  let [top, bottom, lastTop, lastBottom] = [Math.floor(base), 1, 1, 0];
  let rest = base - top;
  while (Math.fround(top / bottom) !== Math.fround(base)) {
    const whole = Math.floor(1 / rest);
    rest = 1 / rest - whole;
    [top, lastTop] = [whole * top + lastTop, top];
    [bottom, lastBottom] = [whole * bottom + lastBottom, bottom];
  }
  const numerator = frames * bottom;
  const divisor = greatestDivisor(numerator, top);
  return { numerator: numerator / divisor, denominator: top / divisor };
};
