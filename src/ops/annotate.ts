/** Draws a picture's top label on it: red at (10, 10), as the Spark recipe does, but legible on any background. */
import sharp, { type Sharp } from 'sharp';
import { decodeBmp } from './decode-bmp.js';
import { labelOverlay } from './label-overlay.js';
import type { PipelineOptions } from './options.js';
import { readBmpHeader } from './probe-bmp.js';
import { isFailure } from './row.js';

export interface AnnotateOptions extends Pick<PipelineOptions, 'orient' | 'icc' | 'limits'> {
  /** Swap red and blue first: what a viewer shows that takes Spark's BGR bytes for RGB. The label stays red. */
  readonly bgr?: boolean;
}

/** Distance of the label from the left and the top edge, in pixels; less in pictures under 60 pixels. */
const margin = 10;
const swapRedAndBlue: [[number, number, number], [number, number, number], [number, number, number]] = [
  [0, 0, 1],
  [0, 1, 0],
  [1, 0, 0],
];

/**
 * The whole picture (first frame), upright unless `orient` is false, 8-bit sRGB: a JPEG of quality 90, or a PNG if it has
 * alpha. Takes what the pipeline takes, BMP included. Throws what the decoder throws: it is called for pictures that have
 * been read.
 */
export async function annotate(bytes: Buffer, label: string, options: AnnotateOptions): Promise<Buffer> {
  const opened =
    bytes.toString('latin1', 0, 2) === 'BM' ? openBmp(bytes, options.limits.pixels) : openOther(bytes, options);
  const meta = await opened.metadata();
  const { width, height } = options.orient ? meta.autoOrient : meta;
  const inset = Math.min(margin, Math.floor(Math.min(width, height) / 6));
  const overlay = await labelOverlay(label, { width, height }, inset, fontSize(width, height));

  let picture = (options.orient ? opened.autoOrient() : opened).toColourspace('srgb');
  if (options.bgr === true) picture = picture.recomb(swapRedAndBlue);
  if (overlay !== null) {
    const { data, left, top, ...size } = overlay;
    picture = picture.composite([{ input: data, raw: { ...size, channels: 4 }, left, top }]);
  }
  // full chroma: red letters blur with subsampling
  const encoded = meta.hasAlpha ? picture.png() : picture.jpeg({ quality: 90, chromaSubsampling: '4:4:4' });
  return await encoded.toBuffer();
}

/** About a twentieth of the shorter side, never too small to read. */
const fontSize = (width: number, height: number) =>
  Math.max(12, Math.min(160, Math.round(Math.min(width, height) / 18)));

const openOther = (bytes: Buffer, options: AnnotateOptions): Sharp =>
  sharp(bytes, {
    limitInputPixels: options.limits.pixels,
    failOn: 'error',
    ignoreIcc: options.icc === 'ignore',
  });

function openBmp(bytes: Buffer, maxPixels: number): Sharp {
  const header = readBmpHeader(bytes);
  if (isFailure(header)) throw new Error(header.message);
  const pixels = header.width * header.height;
  if (pixels > maxPixels) throw new Error(`a BMP of ${pixels} pixels; ${maxPixels} are allowed`);
  const decoded = decodeBmp(bytes, null);
  if (isFailure(decoded)) throw new Error(decoded.message);
  return sharp(decoded.data, { raw: { width: decoded.width, height: decoded.height, channels: 3 } });
}
