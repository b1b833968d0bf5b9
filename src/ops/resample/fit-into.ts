import { placeFit } from '../fit.js';
import type { Fit, Kernel } from '../options.js';
import type { Raster } from '../raster.js';
import type { Precision, Resampler } from './resampler.js';

export interface FitRequest {
  readonly fit: Fit;
  readonly kernel: Kernel;
  readonly precision: Precision;
  readonly target: { readonly width: number; readonly height: number };
}

/**
 * Fits a picture into target.width × target.height × 3 bytes of `out` from `offset`. The fit is decided on the size at
 * full decode, and its box brought to the raster's scale with its fractions: a crop rounded anew after scaled loading
 * would be another crop.
 */
export const fitInto = (
  resampler: Resampler,
  raster: Pick<Raster, 'data' | 'width' | 'height' | 'fullWidth' | 'fullHeight'>,
  { fit, kernel, precision, target }: FitRequest,
  out: Uint8Array,
  offset: number,
): void => {
  const { box, into } = placeFit(fit, raster.fullWidth, raster.fullHeight, target);
  const across = raster.width / raster.fullWidth;
  const down = raster.height / raster.fullHeight;
  const scaled = {
    left: box.left * across,
    top: box.top * down,
    width: Math.min(box.width * across, raster.width - box.left * across),
    height: Math.min(box.height * down, raster.height - box.top * down),
  };
  const stride = target.width * 3;
  if (into.width !== target.width || into.height !== target.height) {
    out.fill(0, offset, offset + stride * target.height);
  }
  resampler.resize(raster, scaled, into, kernel, precision, out, offset + into.top * stride + into.left * 3, stride);
};
