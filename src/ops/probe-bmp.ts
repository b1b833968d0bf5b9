import type { Failure } from './row.js';

/** A Windows bitmap's headers, checked against the bytes that are there. Source: Microsoft's BITMAPV5HEADER pages. */
export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  /** Bits a pixel. */
  readonly bits: 1 | 4 | 8 | 16 | 24 | 32;
  readonly coding: 'plain' | 'rle8' | 'rle4';
  /** Where the pixels begin. */
  readonly offset: number;
  /** Bytes of a row of a plain picture, padded to 4. */
  readonly stride: number;
  /** Red, green, blue, alpha bits of a 16- or 32-bit pixel; 0 where there is none. */
  readonly masks: readonly [number, number, number, number];
  /** Blue, green, red (and a byte of padding, `entry` 4) of each colour; empty above 8 bits. */
  readonly palette: Buffer;
  readonly entry: 3 | 4;
}

const bitCounts = [1, 4, 8, 16, 24, 32] as const;
const codings = ['plain', 'rle8', 'rle4', 'plain', undefined, undefined, 'plain'] as const;
const bitFields = 3;
const alphaBitFields = 6;

const broken = (what: string): Failure => ({ code: 'corrupt', message: `The BMP file is damaged: ${what}.` });
const cut: Failure = { code: 'truncated', message: 'The BMP file ends before its last pixel.' };

const defaultMasks = (bits: number): BmpHeader['masks'] =>
  bits === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0xff00, 0xff, 0];

/** Sizes are judged before a byte is allocated; `height` as shown, without its sign. */
export const readBmpHeader = (bytes: Buffer): BmpHeader | Failure => {
  if (bytes.length < 26) return cut;
  const size = bytes.readUInt32LE(14);
  if (bytes.length < 14 + size) return cut;
  // OS/2's first version has 16-bit sizes, no compression and 3 bytes a colour
  const old = size === 12;
  if (!old && size < 40) return broken('its header has an unknown size');
  const width = old ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const signed = old ? bytes.readUInt16LE(20) : bytes.readInt32LE(22);
  const bits = bitCounts.find((count) => count === bytes.readUInt16LE(old ? 24 : 28));
  const compression = old ? 0 : bytes.readUInt32LE(30);
  const coding = codings[compression];
  if (width <= 0 || signed === 0 || signed === -(2 ** 31)) return broken('its header gives no size');
  if (bits === undefined) return broken('its header gives an unknown number of bits a pixel');
  if (coding === undefined)
    return { code: 'decode_error', message: 'The BMP file is packed in a way that imgd does not read.' };
  if ((coding === 'rle8' && bits !== 8) || (coding === 'rle4' && bits !== 4))
    return broken('its packing does not fit its colours');

  const masked = (compression === bitFields || compression === alphaBitFields) && (bits === 16 || bits === 32);
  const masksEnd = masked && size === 40 ? 54 + (compression === alphaBitFields ? 16 : 12) : 14 + size;
  if (bytes.length < masksEnd) return cut;
  const alpha = size >= 56 || compression === alphaBitFields ? 66 : undefined;
  const masks: BmpHeader['masks'] = masked
    ? [
        bytes.readUInt32LE(54),
        bytes.readUInt32LE(58),
        bytes.readUInt32LE(62),
        alpha === undefined ? 0 : bytes.readUInt32LE(alpha),
      ]
    : defaultMasks(bits);

  const entry = old ? 3 : 4;
  const declared = old ? 0 : bytes.readUInt32LE(46);
  const colours = bits > 8 ? 0 : declared === 0 ? 2 ** bits : Math.min(declared, 2 ** bits);
  const palette = bytes.subarray(masksEnd, masksEnd + colours * entry);
  if (palette.length < colours * entry) return cut;

  const stride = Math.floor((width * bits + 31) / 32) * 4;
  const height = Math.abs(signed);
  const offset = bytes.readUInt32LE(10);
  if (offset < masksEnd) return broken('its pixels overlap its header');
  return { width, height, topDown: signed < 0, bits, coding, offset, stride, masks, palette, entry };
};

/** The pixels that the header promises are there; packed pictures show it only when they are unpacked. */
export const holdsAllPixels = (bytes: Buffer, { coding, offset, stride, height, width, bits }: BmpHeader): boolean => {
  const lastRow = Math.ceil((width * bits) / 8);
  return coding !== 'plain' || bytes.length >= offset + stride * (height - 1) + lastRow;
};

export const bmpCut = cut;
