import sharp from 'sharp';
import { decodeBmp } from './decode-bmp.js';
import type { Header } from './header.js';
import type { PipelineOptions } from './options.js';
import type { Raster } from './raster.js';
import { isFailure } from './row.js';

/**
 * Spark's `data` column: row-major samples of one pixel after another, BGR for 3 channels, BGRA for 4, grey for 1.
 * Source of the layout: Spark's ImageSchema, which follows OpenCV's CV_8UC1, CV_8UC3 and CV_8UC4.
 */
export async function sparkBytes(
  bytes: Buffer,
  header: Header,
  channels: number,
  raster: Raster,
  options: PipelineOptions,
): Promise<Uint8Array> {
  const pixels = raster.width * raster.height;
  if (channels === 4) {
    const rgba = header.format === 'bmp' ? bmpRgba(bytes, raster) : await sharpRgba(bytes, options);
    return reordered(rgba, pixels, 4);
  }
  if (channels === 3) return reordered(raster.data, pixels, 3);
  const grey = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) grey[i] = raster.data[i * 3]!;
  return grey;
}

function sharpRgba(bytes: Buffer, { icc, orient, limits }: PipelineOptions): Promise<Uint8Array> {
  const image = sharp(bytes, { ignoreIcc: icc === 'ignore', limitInputPixels: limits.pixels, autoOrient: orient });
  return image.toColourspace('srgb').ensureAlpha().raw().toBuffer();
}

/** What is less bright on black than on white by the full range is wholly transparent: flattening twice tells alpha. */
function bmpRgba(bytes: Buffer, raster: Raster): Uint8Array {
  const white = decodeBmp(bytes, [255, 255, 255]);
  const black = decodeBmp(bytes, [0, 0, 0]);
  if (isFailure(white) || isFailure(black)) throw new Error('the picture decoded once and then no more');
  const rgba = new Uint8Array(raster.width * raster.height * 4);
  for (let from = 0, to = 0; to < rgba.length; from += 3, to += 4) {
    rgba.set(raster.data.subarray(from, from + 3), to);
    rgba[to + 3] = 255 - (white.data[from]! - black.data[from]!);
  }
  return rgba;
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
