import type { Box } from '../raster.js';
import type { PixelTarget, RgbPixels } from './resampler.js';

/**
 * Source coordinate of each output pixel, as if the box had been cut out first. Pillow adds the scale up, pixel by pixel,
 * rather than multiplying: so do we, since the two differ where the sum falls next to a whole number.
 */
const positions = (start: number, length: number, out: number): Int32Array => {
  const scale = length / out;
  const first = Math.floor(start);
  const last = Math.ceil(start + length) - 1;
  const at = new Int32Array(out);
  let position = start - first + scale * 0.5;
  for (let i = 0; i < out; i++) {
    at[i] = Math.min(last, first + Math.trunc(position));
    position += scale;
  }
  return at;
};

/** One source pixel for each output pixel, Pillow's choice. */
export const resizeNearest = (source: RgbPixels, box: Box, target: PixelTarget): void => {
  const columns = positions(box.left, box.width, target.width);
  const rows = positions(box.top, box.height, target.height);
  const { data } = source;
  const { out } = target;
  for (let y = 0; y < target.height; y++) {
    const row = rows[y]! * source.width;
    let to = target.offset + y * target.stride;
    for (let x = 0; x < target.width; x++) {
      const from = (row + columns[x]!) * 3;
      out[to] = data[from]!;
      out[to + 1] = data[from + 1]!;
      out[to + 2] = data[from + 2]!;
      to += 3;
    }
  }
};
