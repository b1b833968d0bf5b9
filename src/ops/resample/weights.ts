import type { Kernel } from '../options.js';

/** A kernel that convolves; nearest picks and has no weights. */
export type Convolution = Exclude<Kernel, 'nearest'>;

/** One axis of a resize: `size` source pixels, of which the part from `start` to `end` becomes `out` pixels. */
export interface Axis {
  readonly size: number;
  readonly start: number;
  readonly end: number;
  readonly out: number;
}

/** What each output pixel takes: `counts[i]` weights, from source pixel `starts[i]` on, at `values[i * stride]`. */
export interface Weights {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly values: Float64Array;
  readonly stride: number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

const filters: Record<Convolution, { readonly support: number; readonly at: (x: number) => number }> = {
  bilinear: { support: 1, at: (x) => (Math.abs(x) < 1 ? 1 - Math.abs(x) : 0) },
  bicubic: {
    support: 2,
    // Keys' cubic with a = -0.5
    at: (x) => {
      const t = Math.abs(x);
      if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
      return t < 2 ? (((t - 5) * t + 8) * t - 4) * -0.5 : 0;
    },
  },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/**
 * Pillow's weights (ImagingResample, precompute_coeffs): the kernel is widened by the reduction, its window is rounded to
 * whole pixels and clipped to the source, and what is left is normalised to a sum of 1. Each floating-point operation is
 * in Pillow's order, so that the fixed-point coefficients made from them are Pillow's.
 */
export const computeWeights = (kernel: Convolution, { size, start, end, out }: Axis): Weights => {
  const filter = filters[kernel];
  const scale = (end - start) / out;
  const widened = Math.max(scale, 1);
  const support = filter.support * widened;
  const inverse = 1 / widened;
  const stride = Math.min(Math.ceil(support) * 2 + 1, size);
  const starts = new Int32Array(out);
  const counts = new Int32Array(out);
  const values = new Float64Array(out * stride);
  for (let i = 0; i < out; i++) {
    const centre = start + (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(size, Math.trunc(centre + support + 0.5)) - first;
    const base = i * stride;
    let sum = 0;
    for (let t = 0; t < count; t++) {
      const weight = filter.at((t + first - centre + 0.5) * inverse);
      values[base + t] = weight;
      sum += weight;
    }
    if (sum !== 0) for (let t = 0; t < count; t++) values[base + t]! /= sum;
    starts[i] = first;
    counts[i] = count;
  }
  return { starts, counts, values, stride };
};
