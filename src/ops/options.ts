import type { ExtraColumn } from './row.js';

/** Pillow's kernels: bilinear 1, bicubic 2 (a = -0.5), lanczos 3 lobes, each widened by the reduction (antialias). */
export const kernels = ['nearest', 'bilinear', 'bicubic', 'lanczos'] as const;
export type Kernel = (typeof kernels)[number];

export type Fit =
  | { readonly kind: 'stretch' }
  /** Central square of `ratio` × the shorter side, then resized. */
  | { readonly kind: 'crop'; readonly ratio: number }
  /** Whole picture inside the target, the rest padded with black. */
  | { readonly kind: 'contain' }
  /** Target filled, the surplus of the longer side cut off evenly. */
  | { readonly kind: 'cover' };

export interface Limits {
  readonly bytes: number;
  readonly pixels: number;
  readonly frames: number;
}

/** Every choice that changes rows; complete: whoever reads it never fills in a default. */
export interface PipelineOptions {
  /** Filter expression, null for none. */
  readonly filter: string | null;
  readonly decode: 'exact' | 'auto' | 'fast';
  readonly icc: 'apply' | 'ignore';
  /** Apply EXIF orientation. False: `height` and `width` are as stored. */
  readonly orient: boolean;
  /** Flatten alpha on this colour, or drop it. */
  readonly background: readonly [red: number, green: number, blue: number] | null;
  /** Null: the model's own. */
  readonly fit: Fit | null;
  readonly kernel: Kernel | null;
  /** Spark's count: grey with alpha is 1 channel, not 4. */
  readonly sparkChannels: boolean;
  readonly avif: boolean;
  readonly limits: Limits;
  readonly top: number;
  readonly columns: readonly ExtraColumn[];
}

export const defaultPipeline: PipelineOptions = {
  filter: null,
  decode: 'auto',
  icc: 'apply',
  orient: true,
  background: null,
  fit: null,
  kernel: null,
  sparkChannels: false,
  avif: false,
  limits: { bytes: 256 * 2 ** 20, pixels: 50_000_000, frames: 10_000 },
  top: 5,
  columns: [],
};
