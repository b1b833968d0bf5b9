import sharp, { type Metadata } from 'sharp';
import { isCutShort } from './cut-short.js';
import { cutShort, decodeFailure, formatNames } from './decode-errors.js';
import type { Header, ImageFormat } from './header.js';
import { classifyProfile } from './icc-profile.js';
import { readMagic } from './magic.js';
import type { Limits } from './options.js';
import { readBmpHeader } from './probe-bmp.js';
import { scanJpeg } from './probe-jpeg.js';
import { maxSide } from './resample/resampler.js';
import { type Failure, isFailure } from './row.js';

export interface ProbeOptions {
  readonly limits: Limits;
  readonly avif: boolean;
}

const probeJpeg = (bytes: Buffer): Header | Failure => {
  const jpeg = scanJpeg(bytes);
  if (isFailure(jpeg)) return jpeg;
  const { components } = jpeg;
  const space = components === 4 ? 'cmyk' : components === 3 ? 'srgb' : 'b-w';
  return {
    format: 'jpeg',
    storedWidth: jpeg.width,
    storedHeight: jpeg.height,
    bands: components,
    hasAlpha: false,
    depth: jpeg.precision,
    space,
    orientation: jpeg.orientation,
    profile: jpeg.icc === 'broken' ? 'other' : classifyProfile(jpeg.icc, space),
    frames: 1,
    progressive: jpeg.progressive,
    wholeJpeg: jpeg.whole,
    bytes: bytes.length,
  };
};

const probeBmp = (bytes: Buffer): Header | Failure => {
  const bmp = readBmpHeader(bytes);
  if (isFailure(bmp)) return bmp;
  const hasAlpha = bmp.masks[3] !== 0;
  return {
    format: 'bmp',
    storedWidth: bmp.width,
    storedHeight: bmp.height,
    bands: hasAlpha ? 4 : 3,
    hasAlpha,
    depth: 8,
    space: 'srgb',
    orientation: 1,
    profile: 'none',
    frames: 1,
    progressive: false,
    wholeJpeg: false,
    bytes: bytes.length,
  };
};

const depths: Readonly<Record<string, number>> = {
  uchar: 8,
  char: 8,
  ushort: 16,
  short: 16,
  uint: 32,
  int: 32,
  float: 32,
};

/** A palette's index has fewer bits than the colours it stands for. */
const depthOf = (format: ImageFormat, { bitsPerSample, depth }: Metadata): number =>
  format !== 'gif' && bitsPerSample !== undefined && [1, 2, 4].includes(bitsPerSample)
    ? bitsPerSample
    : (depths[depth] ?? 8);

/** The formats whose headers libvips reads; it looks at no pixel. */
const probeOther = async (bytes: Buffer, format: ImageFormat): Promise<Header | Failure> => {
  try {
    const found = await sharp(bytes, { limitInputPixels: false }).metadata();
    const orientation = found.orientation ?? 1;
    return {
      format,
      storedWidth: found.width,
      storedHeight: found.height,
      bands: found.channels,
      hasAlpha: found.hasAlpha,
      depth: depthOf(format, found),
      space: found.space,
      orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
      profile: classifyProfile(found.icc, found.space),
      frames: found.pages ?? 1,
      progressive: found.isProgressive,
      wholeJpeg: false,
      bytes: bytes.length,
    };
  } catch (error) {
    return decodeFailure(error, format, bytes);
  }
};

const million = (pixels: number): string => `${(pixels / 1e6).toFixed(1)} million pixels`;

/** Pixels in a byte above which an animation is a bomb: real ones have 1 to 100, 20 KB of 400 blank frames 5,000. */
const bombDensity = 1000;

const sizeOverLimit = (width: number, height: number, limits: Limits): Failure | undefined => {
  const size = `${width} × ${height}`;
  if (Math.max(width, height) > maxSide) {
    const message = `The picture is ${size}; no side may have more than ${maxSide} pixels.`;
    return { code: 'too_many_pixels', message };
  }
  if (width * height <= limits.pixels) return undefined;
  const message = `The picture is ${size}, ${million(width * height)}; the limit is ${million(limits.pixels)}.`;
  return { code: 'too_many_pixels', message };
};

const framesOverLimit = (header: Header, limits: Limits): Failure | undefined => {
  const { storedWidth: width, storedHeight: height, frames, bytes } = header;
  if (frames > limits.frames) {
    return { code: 'too_many_frames', message: `The file holds ${frames} frames; the limit is ${limits.frames}.` };
  }
  const pixels = frames * width * height;
  if (frames === 1 || pixels <= limits.pixels || pixels <= bombDensity * bytes) return undefined;
  const message = `The file holds ${frames} frames of ${width} × ${height} in ${bytes} bytes: a decompression bomb.`;
  return { code: 'too_many_frames', message };
};

/** Libpng reads as far as the pixels before it tells the size, which stands at a fixed place. */
const pngOverLimit = (bytes: Buffer, limits: Limits): Failure | undefined =>
  bytes.length < 24 ? undefined : sizeOverLimit(bytes.readUInt32BE(16), bytes.readUInt32BE(20), limits);

const readable = 'imgd reads JPEG, PNG, WebP, GIF, TIFF and BMP';

/** Reads a file's header and decodes no pixel; what may not be decoded is a Failure. Never throws. */
export const probe = async (bytes: Buffer, { limits, avif }: ProbeOptions): Promise<Header | Failure> => {
  if (bytes.length === 0) return { code: 'empty', message: 'The file is empty.' };
  const magic = readMagic(bytes);
  if (magic.kind === 'unknown') {
    return { code: 'unsupported_format', message: `This is no picture that imgd knows; ${readable}.` };
  }
  if (magic.kind === 'other') return { code: 'unsupported_format', message: `This is ${magic.name}; ${readable}.` };
  const { format } = magic;
  if (format === 'avif' && !avif) {
    return { code: 'unsupported_format', message: 'This is an AVIF picture; reading them has to be allowed first.' };
  }
  const declared = format === 'png' ? pngOverLimit(bytes, limits) : undefined;
  if (declared !== undefined) return declared;
  const header =
    format === 'jpeg' ? probeJpeg(bytes) : format === 'bmp' ? probeBmp(bytes) : await probeOther(bytes, format);
  if (isFailure(header)) return header;
  if (!(header.storedWidth > 0 && header.storedHeight > 0)) {
    return { code: 'corrupt', message: `The ${formatNames[format]} file is damaged: its header gives no size.` };
  }
  const over = sizeOverLimit(header.storedWidth, header.storedHeight, limits) ?? framesOverLimit(header, limits);
  if (over !== undefined) return over;
  // a JPEG's decoder notices; others are content when the first frame's bytes happen to be there
  return format !== 'jpeg' && isCutShort(format, bytes) ? cutShort(format) : header;
};
