/** Runs what it is given, at most so many at a time, in the order in which it came. */
export type Lanes = <T>(act: () => Promise<T>) => Promise<T>;

export function createLanes(count: number): Lanes {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (act) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
