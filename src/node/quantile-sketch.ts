/**
 * Quantiles of any number of values in bounded memory. Values fall into buckets whose bounds grow by 2 %, so a quantile is
 * within 1 % of a value that was added (the idea of DDSketch, Masson et al. 2019); least, greatest and sum are exact.
 */
export interface QuantileSketch {
  /** Negative values and what is no number are passed over. */
  add(value: number): void;
  readonly count: number;
  readonly sum: number;
  /** NaN where nothing was added, as is every quantile. */
  readonly min: number;
  readonly max: number;
  /** `share` from 0 to 1; 0.5 is the median. */
  quantile(share: number): number;
}

const growth = Math.log(1.02);
/** What is smaller counts as this. */
const least = 1e-6;

export function createQuantileSketch(): QuantileSketch {
  const buckets = new Map<number, number>();
  let count = 0;
  let sum = 0;
  let min = Number.NaN;
  let max = Number.NaN;
  return {
    get count() {
      return count;
    },
    get sum() {
      return sum;
    },
    get min() {
      return min;
    },
    get max() {
      return max;
    },
    add(value) {
      if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return;
      const bucket = Math.floor(Math.log(Math.max(value, least)) / growth);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
      min = count === 0 ? value : Math.min(min, value);
      max = count === 0 ? value : Math.max(max, value);
      count += 1;
      sum += value;
    },
    quantile(share) {
      const rank = Math.ceil(share * count);
      let below = 0;
      for (const [bucket, held] of [...buckets].sort(([left], [right]) => left - right)) {
        below += held;
        if (below >= rank) return Math.min(max, Math.max(min, Math.exp((bucket + 0.5) * growth)));
      }
      return max;
    },
  };
}
