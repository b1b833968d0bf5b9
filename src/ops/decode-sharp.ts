import sharp from 'sharp';
import { decodeFailure } from './decode-errors.js';
import type { Decoded, DecodeOptions } from './decode-options.js';
import type { Header } from './header.js';
import type { Failure } from './row.js';

// What libvips keeps between pictures is of no use to pictures that differ, and its threads would compete with the
// executors', of which there is one a core.
sharp.cache(false);
sharp.concurrency(1);

// Magic bytes are the gate; this is the wall behind it: libvips opens nothing but what we take.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((format) => `VipsForeignLoad${format}`),
});

/** Seconds after which libvips is told to stop: generous, since the executor has its own watch. */
const patience = (header: Header): number => Math.ceil(10 + (header.storedWidth * header.storedHeight) / 1e6);

/**
 * Decodes with libvips, all pixels or, with `size`, a JPEG at a part of its size. `failOn: 'error'` refuses every file
 * whose end is missing, but not one with a harmless irregularity that other programs pass over in silence.
 */
export const decodeWithSharp = async (
  bytes: Buffer,
  header: Header,
  options: DecodeOptions,
  size?: { readonly width: number; readonly height: number },
): Promise<Decoded | Failure> => {
  const image = sharp(bytes, {
    failOn: 'error',
    limitInputPixels: options.limits.pixels,
    limitInputChannels: 5,
    unlimited: false,
    ignoreIcc: options.icc === 'ignore' || header.profile !== 'other',
    autoOrient: options.orient && header.orientation > 1,
    pages: 1,
  });
  if (size !== undefined) image.resize(size.width, size.height, { fit: 'fill', kernel: 'lanczos3' });
  if (header.hasAlpha) {
    const [r, g, b] = options.background ?? [0, 0, 0];
    if (options.background === null) image.removeAlpha();
    else image.flatten({ background: { r, g, b } });
  }
  image.timeout({ seconds: patience(header) });
  try {
    const { data, info } = await image
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) {
      return { code: 'decode_error', message: `The picture came out with ${info.channels} channels instead of 3.` };
    }
    return { data, width: info.width, height: info.height };
  } catch (error) {
    return decodeFailure(error, header.format, bytes);
  }
};
