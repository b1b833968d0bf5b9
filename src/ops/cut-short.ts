import type { ImageFormat } from './header.js';
import { holdsAllPixels, readBmpHeader } from './probe-bmp.js';
import { isFailure } from './row.js';

/** Bytes of one value of each TIFF type, from 1 (BYTE) to 12 (DOUBLE). */
const tiffTypes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

/**
 * TIFF's first directory, which writers mostly put last, or what its entries point to, reaches past the end. Offsets of
 * strips are values themselves and left to the decoder, which words a missing strip clearly.
 */
const tiffCut = (bytes: Buffer): boolean => {
  if (bytes.length < 8) return true;
  const little = bytes[0] === 0x49;
  const short = (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const long = (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  if (short(2) !== 42) return false; // BigTIFF: 64-bit offsets
  const directory = long(4);
  if (directory + 2 > bytes.length) return true;
  const end = directory + 2 + short(directory) * 12;
  if (end > bytes.length) return true;
  for (let entry = directory + 2; entry < end; entry += 12) {
    const size = (tiffTypes[short(entry + 2)] ?? 0) * long(entry + 4);
    if (size > 4 && long(entry + 8) + size > bytes.length) return true;
  }
  return false;
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

/** Walks over the blocks to the trailer: what follows it does not matter, what lacks it is cut. */
const gifCut = (bytes: Buffer): boolean => {
  const table = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  if (bytes.length < 13) return true;
  let at = 13 + table(bytes[10]!);
  for (;;) {
    const block = bytes[at];
    if (block === 0x3b) return false;
    if (block === 0x21) at += 2;
    else if (block === 0x2c) at += 11 + table(bytes[at + 9] ?? 0);
    else return at >= bytes.length; // nonsense between blocks is damage, not a missing end
    for (let size = bytes[at]; size !== 0; size = bytes[at]) {
      if (size === undefined) return true;
      at += size + 1;
    }
    at++;
  }
};

const bmpCut = (bytes: Buffer): boolean => {
  const header = readBmpHeader(bytes);
  return isFailure(header) ? header.code === 'truncated' : !holdsAllPixels(bytes, header);
};

const cuts: Record<ImageFormat, (bytes: Buffer) => boolean> = {
  jpeg: (bytes) => bytes.lastIndexOf('\xff\xd9', undefined, 'latin1') < 2,
  png: (bytes) => bytes.lastIndexOf('IEND', undefined, 'latin1') === -1,
  webp: (bytes) => bytes.length < 12 || bytes.readUInt32LE(4) + 8 > bytes.length,
  gif: gifCut,
  tiff: tiffCut,
  avif: boxesCut,
  bmp: bmpCut,
};

/**
 * Whether the end of a file is missing, judged by its structure alone. Decoders word a missing end in many ways (`corrupt
 * header`, `unsupported format`, `Unknown error`), or say nothing where the picture's own bytes happen to be there.
 */
export const isCutShort = (format: ImageFormat, bytes: Buffer): boolean => cuts[format](bytes);
