import type { ImageFormat } from './header.js';

/** TIFF's first directory, which writers put last, lies behind the end of the bytes. */
const tiffCut = (bytes: Buffer): boolean => {
  if (bytes.length < 8) return true;
  const little = bytes[0] === 0x49;
  if (bytes[little ? 2 : 3] !== 42) return false; // BigTIFF: 64-bit offsets
  const directory = little ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
  if (directory + 2 > bytes.length) return true;
  const entries = little ? bytes.readUInt16LE(directory) : bytes.readUInt16BE(directory);
  return directory + 2 + entries * 12 > bytes.length;
};

/** The boxes at the top level, each with its length, reach past the end. */
const boxesCut = (bytes: Buffer): boolean => {
  let at = 0;
  while (at + 8 <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    if (length === 0) return false; // to the end of the file
    if (length < 8) return false; // 64-bit length, or nonsense
    at += length;
  }
  return at !== bytes.length;
};

const cuts: Record<ImageFormat, (bytes: Buffer) => boolean> = {
  jpeg: (bytes) => bytes.lastIndexOf('\xff\xd9', undefined, 'latin1') < 2,
  png: (bytes) => bytes.lastIndexOf('IEND', undefined, 'latin1') === -1,
  webp: (bytes) => bytes.length < 12 || bytes.readUInt32LE(4) + 8 > bytes.length,
  gif: (bytes) => bytes[bytes.length - 1] !== 0x3b,
  tiff: tiffCut,
  avif: boxesCut,
  bmp: () => false,
};

/**
 * Whether the end of a file is missing, judged by its structure: asked after a decoder has failed, since decoders word
 * a missing end in many ways (`corrupt header`, `unsupported format`, `Unknown error`).
 */
export const isCutShort = (format: ImageFormat, bytes: Buffer): boolean => cuts[format](bytes);
