import type { Decoded } from './decode-options.js';
import { type BmpHeader, bmpCut, holdsAllPixels, readBmpHeader } from './probe-bmp.js';
import { type Failure, isFailure } from './row.js';

/** Colour numbers of a run-length coded picture, row by row as stored; undefined where the bytes end too early. */
const unpack = (bytes: Buffer, { width, height, coding, offset }: BmpHeader): Uint8Array | undefined => {
  const indices = new Uint8Array(width * height);
  const nibbles = coding === 'rle4';
  let at = offset;
  let x = 0;
  let y = 0;
  const put = (index: number): void => {
    if (x < width && y < height) indices[y * width + x] = index;
    x++;
  };
  while (y < height) {
    if (at + 2 > bytes.length) return undefined;
    const count = bytes[at]!;
    const value = bytes[at + 1]!;
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(nibbles ? (i % 2 === 0 ? value >> 4 : value & 15) : value);
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      if (at + 2 > bytes.length) return undefined;
      x += bytes[at]!;
      y += bytes[at + 1]!;
      at += 2;
    } else {
      const length = nibbles ? Math.ceil(value / 2) : value;
      if (at + length > bytes.length) return undefined;
      for (let i = 0; i < value; i++) {
        const byte = bytes[at + (nibbles ? i >> 1 : i)]!;
        put(nibbles ? (i % 2 === 0 ? byte >> 4 : byte & 15) : byte);
      }
      at += length + (length % 2); // runs are padded to 16 bits
    }
  }
  return indices;
};

/** Writes the pixel at (x, y as stored) to `rgb[to]`. */
type Reader = (x: number, y: number, rgb: Uint8Array, to: number) => void;

const paletteReader = ({ palette, entry }: BmpHeader, indexAt: (x: number, y: number) => number): Reader => {
  const colours = palette.length / entry;
  return (x, y, rgb, to) => {
    const index = indexAt(x, y);
    if (index >= colours) return; // black, as elsewhere
    rgb[to] = palette[index * entry + 2]!;
    rgb[to + 1] = palette[index * entry + 1]!;
    rgb[to + 2] = palette[index * entry]!;
  };
};

/** Bits under a mask, stretched to 0–255. */
const channel = (mask: number): ((pixel: number) => number) => {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / most);
};

const plainReader = (bytes: Buffer, header: BmpHeader): Reader => {
  const { bits, offset, stride, masks } = header;
  if (bits <= 8) {
    const perByte = 8 / bits;
    const most = 2 ** bits - 1;
    return paletteReader(header, (x, y) => {
      const byte = bytes[offset + y * stride + Math.floor(x / perByte)]!;
      return (byte >> (8 - bits - (x % perByte) * bits)) & most;
    });
  }
  if (bits === 24) {
    return (x, y, rgb, to) => {
      const at = offset + y * stride + x * 3;
      rgb[to] = bytes[at + 2]!;
      rgb[to + 1] = bytes[at + 1]!;
      rgb[to + 2] = bytes[at]!;
    };
  }
  const [red, green, blue] = masks.slice(0, 3).map(channel) as [typeof Math.abs, typeof Math.abs, typeof Math.abs];
  return (x, y, rgb, to) => {
    const at = offset + y * stride + x * (bits / 8);
    const pixel = bits === 16 ? bytes.readUInt16LE(at) : bytes.readUInt32LE(at);
    rgb[to] = red(pixel);
    rgb[to + 1] = green(pixel);
    rgb[to + 2] = blue(pixel);
  };
};

/** Flattens on the background by the alpha mask, which is read beside the colour. */
const flatten = (bytes: Buffer, header: BmpHeader, background: readonly number[], reader: Reader): Reader => {
  const { bits, offset, stride, masks } = header;
  const alpha = channel(masks[3]);
  return (x, y, rgb, to) => {
    reader(x, y, rgb, to);
    const at = offset + y * stride + x * (bits / 8);
    const share = alpha(bits === 16 ? bytes.readUInt16LE(at) : bytes.readUInt32LE(at)) / 255;
    for (let c = 0; c < 3; c++) rgb[to + c] = Math.round(rgb[to + c]! * share + background[c]! * (1 - share));
  };
};

/**
 * Decodes a Windows or OS/2 bitmap: 1 to 32 bits, plain or run-length coded, any masks. Alpha is dropped, or with a
 * background flattened on it. Synchronous: bitmaps are copies, there is nothing to compute.
 */
export const decodeBmp = (bytes: Buffer, background: readonly number[] | null): Decoded | Failure => {
  const header = readBmpHeader(bytes);
  if (isFailure(header)) return header;
  if (!holdsAllPixels(bytes, header)) return bmpCut;
  const { width, height } = header;
  let reader: Reader;
  if (header.coding === 'plain') {
    reader = plainReader(bytes, header);
    if (background !== null && header.masks[3] !== 0) reader = flatten(bytes, header, background, reader);
  } else {
    const indices = unpack(bytes, header);
    if (indices === undefined) return bmpCut;
    reader = paletteReader(header, (x, y) => indices[y * width + x]!);
  }
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const stored = header.topDown ? y : height - 1 - y;
    for (let x = 0; x < width; x++) reader(x, stored, data, (y * width + x) * 3);
  }
  return { data, width, height };
};
