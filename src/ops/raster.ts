import type { Provenance } from './row.js';

/** A decoded picture: 8-bit sRGB, RGB order, row-major, no padding. */
export interface Raster {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Size the picture would have at full decode; larger than width × height after scaled loading. */
  readonly fullWidth: number;
  readonly fullHeight: number;
  readonly provenance: Provenance;
}

/** Whole pixels, but for a box in a picture loaded at a part of its size. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}
