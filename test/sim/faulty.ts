import type { Random } from './random.ts';
import type { Turns } from './turns.ts';

export class Outage extends Error {}

export interface Weather {
  /** Probability that a port call fails; half of these after it has done its work. */
  faults: number;
}

/** The same port, whose calls take turns and fail before or after they did what they do. */
export function faulty<P extends object>(port: P, random: Random, turns: Turns, weather: Weather): P {
  return new Proxy(port, {
    get(target, name) {
      const real = Reflect.get(target, name) as unknown;
      if (typeof real !== 'function') return real;
      if (name === 'list') {
        return async function* listed(...args: unknown[]) {
          await turns.take();
          if (random.chance(weather.faults)) throw new Outage(`before ${String(name)}`);
          yield* real.apply(target, args);
        };
      }
      return async (...args: unknown[]) => {
        await turns.take();
        if (random.chance(weather.faults / 2)) throw new Outage(`before ${String(name)}`);
        const result = await real.apply(target, args);
        if (random.chance(weather.faults / 2)) throw new Outage(`after ${String(name)}`);
        return result;
      };
    },
  });
}
