import { describe, expect, it } from 'vitest';
import { decodeBmp } from '../../src/ops/decode-bmp.js';
import type { Decoded } from '../../src/ops/decode-options.js';
import { bmpHeader } from './probe-parts.js';

interface Recipe {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly coding?: number;
  readonly masks?: readonly number[];
  readonly palette?: readonly (readonly [number, number, number])[];
  readonly pixels: readonly number[];
}

function bmp({ width, height, bits, coding = 0, masks = [], palette = [], pixels }: Recipe): Buffer {
  const head = bmpHeader(width, height, bits).subarray(0, 54);
  const maskBytes = Buffer.alloc(masks.length * 4);
  for (const [i, mask] of masks.entries()) maskBytes.writeUInt32LE(mask, i * 4);
  const colours = Buffer.from(palette.flatMap(([r, g, b]) => [b, g, r, 0]));
  head.writeUInt32LE(54 + maskBytes.length + colours.length, 10);
  head.writeUInt32LE(coding, 30);
  head.writeUInt32LE(palette.length, 46);
  return Buffer.concat([head, maskBytes, colours, Buffer.from(pixels)]);
}

const red = [255, 0, 0] as const;
const green = [0, 255, 0] as const;
const blue = [0, 0, 255] as const;
const white = [255, 255, 255] as const;
const rows = (bytes: Buffer, background: readonly number[] | null = null) => [
  ...(decodeBmp(bytes, background) as Decoded).data,
];

// the same picture throughout: red, green above blue, white
const expected = [red, green, blue, white].flat();

describe('decodeBmp', () => {
  it.each<[string, Recipe]>([
    [
      '24 bits, bottom up',
      { width: 2, height: 2, bits: 24, pixels: [255, 0, 0, 255, 255, 255, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0] },
    ],
    [
      '24 bits, top down',
      { width: 2, height: -2, bits: 24, pixels: [0, 0, 255, 0, 255, 0, 0, 0, 255, 0, 0, 255, 255, 255, 0, 0] },
    ],
    [
      '32 bits',
      { width: 2, height: -2, bits: 32, pixels: [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0] },
    ],
    ['8 bits', { width: 2, height: -2, bits: 8, palette: [red, green, blue, white], pixels: [0, 1, 0, 0, 2, 3, 0, 0] }],
    [
      '4 bits',
      { width: 2, height: -2, bits: 4, palette: [red, green, blue, white], pixels: [0x01, 0, 0, 0, 0x23, 0, 0, 0] },
    ],
    ['16 bits, 5-5-5', { width: 2, height: -2, bits: 16, pixels: [0, 0x7c, 0xe0, 0x03, 0x1f, 0, 0xff, 0x7f] }],
    [
      '16 bits, 5-6-5',
      {
        width: 2,
        height: -2,
        bits: 16,
        coding: 3,
        masks: [0xf800, 0x7e0, 0x1f],
        pixels: [0, 0xf8, 0xe0, 0x07, 0x1f, 0, 0xff, 0xff],
      },
    ],
    [
      '32 bits, red first',
      {
        width: 2,
        height: -2,
        bits: 32,
        coding: 3,
        masks: [0xff, 0xff00, 0xff0000],
        pixels: [255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 255, 255, 255, 0],
      },
    ],
    [
      'run lengths of 8 bits',
      {
        width: 2,
        height: 2,
        bits: 8,
        coding: 1,
        palette: [red, green, blue, white],
        pixels: [1, 2, 1, 3, 0, 0, 1, 0, 1, 1, 0, 1],
      },
    ],
    [
      'run lengths of 4 bits',
      {
        width: 2,
        height: 2,
        bits: 4,
        coding: 2,
        palette: [red, green, blue, white],
        pixels: [2, 0x23, 0, 0, 2, 0x01, 0, 1],
      },
    ],
  ])('%s', (_, recipe) => {
    expect(rows(bmp(recipe))).toEqual(expected);
  });

  it('1 bit, with rows padded to 4 bytes', () => {
    const recipe = {
      width: 3,
      height: -2,
      bits: 1,
      palette: [red, blue],
      pixels: [0b01000000, 0, 0, 0, 0b10100000, 0, 0, 0],
    };
    expect(rows(bmp(recipe))).toEqual([red, blue, red, blue, red, blue].flat());
  });

  it('a run that is copied is padded to 16 bits; a delta skips pixels, which stay the first colour', () => {
    const recipe = {
      width: 5,
      height: 1,
      bits: 8,
      coding: 1,
      palette: [red, green, blue],
      pixels: [0, 3, 1, 2, 1, 0, 0, 2, 1, 0, 1, 2, 0, 1],
    };
    expect(rows(bmp(recipe))).toEqual([green, blue, green, red, blue].flat());
  });

  it('alpha of a masked picture is dropped, or flattened on the background', () => {
    const recipe = {
      width: 1,
      height: 1,
      bits: 32,
      coding: 6,
      masks: [0xff0000, 0xff00, 0xff, 0xff000000],
      pixels: [0, 0, 255, 51],
    };
    expect(rows(bmp(recipe))).toEqual([255, 0, 0]);
    expect(rows(bmp(recipe), [0, 0, 255])).toEqual([51, 0, 204]);
  });

  it.each<[string, Buffer, string]>([
    ['one pixel too few', bmp({ width: 2, height: 2, bits: 24, pixels: new Array(13).fill(0) }), 'truncated'],
    ['half a palette', bmp({ width: 2, height: 2, bits: 8, palette: [red], pixels: [0] }).subarray(0, 56), 'truncated'],
    [
      'run lengths without an end',
      bmp({ width: 9, height: 9, bits: 8, coding: 1, palette: [red], pixels: [1, 0, 1, 0] }),
      'truncated',
    ],
    ['no width', bmp({ width: 0, height: 2, bits: 24, pixels: [0, 0] }), 'corrupt'],
    ['7 bits a pixel', bmp({ width: 1, height: 1, bits: 7, pixels: [0, 0] }), 'corrupt'],
    ['a JPEG inside', bmp({ width: 1, height: 1, bits: 24, coding: 4, pixels: [0, 0] }), 'decode_error'],
  ])('%s is a failure', (_, bytes, code) => {
    expect(decodeBmp(bytes, null)).toMatchObject({ code });
  });
});
