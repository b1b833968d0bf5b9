/** Items drawn evenly from a stream whose length nobody knows, the same ones for the same stream. */
export interface EvenSample<T> {
  add(item: T): void;
  /** How many were added. */
  readonly seen: number;
  /** At most `count` (and at most the capacity), in the order in which they were added. */
  take(count: number): readonly T[];
}

/** Holds every stride-th item, at most twice the capacity: when that is full, every other one goes and the stride doubles. */
export function createEvenSample<T>(capacity: number): EvenSample<T> {
  let kept: T[] = [];
  let stride = 1;
  let seen = 0;
  return {
    get seen() {
      return seen;
    },
    add(item) {
      if (capacity > 0 && seen % stride === 0) kept.push(item);
      seen += 1;
      if (kept.length <= 2 * capacity) return;
      kept = kept.filter((_, place) => place % 2 === 0);
      stride *= 2;
    },
    take(count) {
      const wanted = Math.min(count, capacity, kept.length);
      return Array.from({ length: wanted }, (_, place) => kept[Math.floor(((place + 0.5) * kept.length) / wanted)]!);
    },
  };
}
