import sharp from 'sharp';
import type { PipelineOptions } from './options.js';
import type { Raster } from './raster.js';

/**
 * Spark's `data` column: row-major samples of one pixel after another, BGR for 3 channels, BGRA for 4, grey for 1.
 * Source of the layout: Spark's ImageSchema, which follows OpenCV's CV_8UC1, CV_8UC3 and CV_8UC4.
 */
export async function sparkBytes(
  bytes: Buffer,
  channels: number,
  raster: Raster,
  options: PipelineOptions,
): Promise<Uint8Array> {
  const pixels = raster.width * raster.height;
  if (channels === 4) {
    const image = sharp(bytes, { ignoreIcc: options.icc === 'ignore', limitInputPixels: options.limits.pixels });
    const rgba = await (options.orient ? image.autoOrient() : image)
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer();
    return reordered(rgba, pixels, 4);
  }
  if (channels === 3) return reordered(raster.data, pixels, 3);
  const grey = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) grey[i] = raster.data[i * 3]!;
  return grey;
}

function reordered(from: Uint8Array, pixels: number, channels: 3 | 4): Uint8Array {
  const to = new Uint8Array(pixels * channels);
  for (let i = 0; i < to.length; i += channels) {
    to[i] = from[i + 2]!;
    to[i + 1] = from[i + 1]!;
    to[i + 2] = from[i]!;
    if (channels === 4) to[i + 3] = from[i + 3]!;
  }
  return to;
}
