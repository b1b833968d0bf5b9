import { type Axis, type Convolution, computeWeights, type Weights } from './weights.js';

/** `exact`: Pillow's 8-bit pixels bit for bit. `quick`: 16-bit coefficients, 0.003 levels away on average. */
export type Precision = 'exact' | 'quick';

/** Fixed-point weights in the layout that the WebAssembly kernel reads. */
export interface CoefficientTable {
  /** First source pixel of each output pixel. */
  readonly starts: Int32Array;
  /** One past the last source pixel that has a weight, of each output pixel. */
  readonly ends: Int32Array;
  /** Taps of every output pixel: the longest window, padded with zeros to a multiple of the group. */
  readonly taps: number;
  /** i16 limbs. quick: `taps` an output pixel. exact: for each group of taps its high limbs, then its low ones. */
  readonly limbs: Int16Array;
  /** i16 an output pixel. */
  readonly stride: number;
  readonly shift: number;
}

/** Pillow's PRECISION_BITS: 32 bits less 8 of a sample less 2 for sums above 1. */
const pillowBits = 22;
/** k = high · 2^11 + low, low from 0 to 2047: both fit a signed 16-bit lane. */
const limbBits = 11;

const largest = (weights: Weights): number => {
  let most = 0;
  for (const value of weights.values) most = Math.max(most, Math.abs(value));
  return most;
};

/** Rounds half away from zero, as Pillow's normalize_coeffs_8bpc. */
const fixed = (value: number): number => Math.trunc(value * 2 ** pillowBits + (value < 0 ? -0.5 : 0.5));

const exactLimbs = (weights: Weights, taps: number, group: number): Int16Array => {
  const { counts, values } = weights;
  const limbs = new Int16Array(counts.length * taps * 2);
  for (let i = 0; i < counts.length; i++) {
    for (let t = 0; t < counts[i]!; t++) {
      const k = fixed(values[i * weights.stride + t]!);
      const at = (i * taps + Math.floor(t / group) * group) * 2 + (t % group);
      limbs[at] = k >> limbBits;
      limbs[at + group] = k & (2 ** limbBits - 1);
    }
  }
  return limbs;
};

/** Rounds the running sum, not each weight: the errors cancel out and every row sums to exactly 2^shift. */
const quickLimbs = (weights: Weights, taps: number, shift: number): Int16Array => {
  const { counts, values } = weights;
  const limbs = new Int16Array(counts.length * taps);
  for (let i = 0; i < counts.length; i++) {
    let sum = 0;
    let rounded = 0;
    for (let t = 0; t < counts[i]!; t++) {
      sum += values[i * weights.stride + t]! * 2 ** shift;
      const next = Math.round(sum);
      limbs[i * taps + t] = next - rounded;
      rounded = next;
    }
  }
  return limbs;
};

/** The most bits with which every weight, rounded either way, still fits a signed 16-bit lane. */
const quickShift = (most: number): number => {
  let shift = pillowBits;
  while (most * 2 ** shift + 1 > 32_767) shift--;
  return shift;
};

/** `group`: taps that the kernel handles at once, 4 for rows of pixels, 2 for columns. */
export const coefficientTable = (kernel: Convolution, axis: Axis, precision: Precision, group: number) => {
  const weights = computeWeights(kernel, axis);
  const longest = weights.counts.reduce((most, count) => Math.max(most, count), 1);
  const taps = Math.ceil(longest / group) * group;
  const shift = precision === 'exact' ? pillowBits : quickShift(largest(weights));
  return {
    starts: weights.starts,
    ends: weights.starts.map((start, i) => start + weights.counts[i]!),
    taps,
    limbs: precision === 'exact' ? exactLimbs(weights, taps, group) : quickLimbs(weights, taps, shift),
    stride: precision === 'exact' ? taps * 2 : taps,
    shift,
  } satisfies CoefficientTable;
};
