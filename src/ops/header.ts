/** What an image's first bytes say. Everything the filter may ask, and everything the decode plan needs. */

export const imageFormats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif', 'bmp'] as const;
export type ImageFormat = (typeof imageFormats)[number];

export interface Header {
  readonly format: ImageFormat;
  /** Pixels as stored, before EXIF orientation. */
  readonly storedWidth: number;
  readonly storedHeight: number;
  /** Samples a pixel as stored: 1 grey, 2 grey+alpha, 3, 4 (RGBA or CMYK), 5 CMYK+alpha. Palettes count as decoded (3 or 4). */
  readonly bands: number;
  readonly hasAlpha: boolean;
  /** Bits a sample: 1, 2, 4, 8, 16, 32. */
  readonly depth: number;
  /** libvips' names: srgb, b-w, cmyk, rgb16, grey16, lab … */
  readonly space: string;
  /** EXIF orientation, 1 to 8; anything else in the file counts as 1. */
  readonly orientation: number;
  /** `other` is a profile that changes colours; `srgb` one that would change no level by more than 1, so it is left out. */
  readonly profile: 'none' | 'srgb' | 'other';
  readonly frames: number;
  readonly progressive: boolean;
  /**
   * JPEG alone, false elsewhere: the bytes end in an EOI marker, every segment before the scan is whole, and the coding is
   * the usual one (Huffman, grey or YCbCr). Only such bytes may go to a decoder that does not notice damage.
   */
  readonly wholeJpeg: boolean;
  readonly bytes: number;
}
