import type { PipelineOptions } from './options.js';

/** The choices that decoding depends on. */
export type DecodeOptions = Pick<PipelineOptions, 'icc' | 'orient' | 'background' | 'limits'>;

/** 8-bit sRGB RGB, row-major, no padding. */
export interface Decoded {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}
