import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { annotate } from '../../src/ops/annotate.js';
import { defaultPipeline } from '../../src/ops/options.js';

const chelsea = readFileSync(join(import.meta.dirname, '../../samples/chelsea.png'));

type Colour = { r: number; g: number; b: number; alpha?: number };
const plain = (width: number, height: number, background: Colour) =>
  sharp({ create: { width, height, channels: background.alpha === undefined ? 3 : 4, background } });

/** A 24-bit Windows bitmap of one colour; the sides in the header may claim anything. */
function bitmap(width: number, height: number, [r, g, b]: readonly number[], claimed = [width, height]): Buffer {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + stride * height);
  bytes.write('BM', 'latin1');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(claimed[0]!, 18);
  bytes.writeInt32LE(claimed[1]!, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) bytes.fill(Buffer.from([b!, g!, r!]), 54 + y * stride, 54 + y * stride + width * 3);
  return bytes;
}

const pixels = async (bytes: Buffer) => {
  const { data, info } = await sharp(bytes)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    ...info,
    at: (x: number, y: number): [number, number, number] => {
      const k = (y * info.width + x) * info.channels;
      return [data[k]!, data[k + 1]!, data[k + 2]!];
    },
  };
};
type Picture = Awaited<ReturnType<typeof pixels>>;

const isRed = ([r, g, b]: readonly [number, number, number]) => r > 200 && g < 90 && b < 90;
const isWhite = (colour: readonly number[]) => colour.every((value) => value > 215);

/** Box around all pixels that satisfy `test`, and how many they are. */
function boxOf(picture: Picture, test: (colour: [number, number, number]) => boolean) {
  let [left, top, right, bottom, count] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -1, -1, 0];
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      if (!test(picture.at(x, y))) continue;
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
      count++;
    }
  }
  return { left, top, right, bottom, count };
}

describe('the label', () => {
  test('is red, begins at (10, 10) and leaves the rest of the photograph alone', async () => {
    const before = await pixels(await sharp(chelsea).jpeg({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer());
    const after = await pixels(await annotate(chelsea, 'Egyptian_cat', defaultPipeline));
    expect([after.width, after.height]).toEqual([451, 300]);
    const red = boxOf(after, isRed);
    expect(red.count).toBeGreaterThan(300);
    expect(Math.abs(red.left - 10)).toBeLessThanOrEqual(2);
    expect(Math.abs(red.top - 10)).toBeLessThanOrEqual(2);
    expect(red.right).toBeLessThan(225);
    expect(red.bottom).toBeLessThan(36);
    for (const [x, y] of [
      [300, 20],
      [20, 100],
      [225, 150],
      [440, 290],
    ] as const) {
      const [old, now] = [before.at(x, y), after.at(x, y)];
      for (let channel = 0; channel < 3; channel++) expect(Math.abs(old[channel]! - now[channel]!)).toBeLessThan(6);
    }
  });

  for (const [name, background] of [
    ['black', { r: 0, g: 0, b: 0 }],
    ['white', { r: 255, g: 255, b: 255 }],
    ['red', { r: 255, g: 0, b: 0 }],
    ['grey', { r: 128, g: 128, b: 128 }],
  ] as const) {
    test(`has a light edge around red letters on ${name}`, async () => {
      const picture = await pixels(
        await annotate(await plain(400, 300, background).png().toBuffer(), 'tub', defaultPipeline),
      );
      const label = boxOf(picture, (colour) =>
        colour.some((value, k) => Math.abs(value - [background.r, background.g, background.b][k]!) > 60),
      );
      let [red, white] = [0, 0];
      for (let y = label.top; y <= label.bottom; y++) {
        for (let x = label.left; x <= label.right; x++) {
          if (isRed(picture.at(x, y))) red++;
          if (isWhite(picture.at(x, y))) white++;
        }
      }
      expect(red).toBeGreaterThan(80);
      expect(white).toBeGreaterThan(80);
    });
  }

  test('grows with the picture and shrinks until it fits', async () => {
    const widthOf = async (width: number, height: number, label: string) => {
      const picture = await pixels(
        await annotate(await plain(width, height, { r: 0, g: 0, b: 0 }).png().toBuffer(), label, defaultPipeline),
      );
      const red = boxOf(picture, isRed);
      return { wide: red.right - red.left, high: red.bottom - red.top };
    };
    const [small, large] = [await widthOf(400, 300, 'lynx'), await widthOf(1600, 1200, 'lynx')];
    expect(large.high).toBeGreaterThan(small.high * 3);
    const long = await widthOf(400, 300, 'a_label_that_is_far_too_long_for_the_picture_x');
    expect(long.wide).toBeLessThan(382);
    expect(long.wide).toBeGreaterThan(300);
  });

  test('is cut off, never refused, where the picture is tiny', async () => {
    for (const side of [1, 2, 5, 8, 24]) {
      const picture = await pixels(
        await annotate(
          await plain(side, side, { r: 0, g: 0, b: 0 }).png().toBuffer(),
          'garbage_truck',
          defaultPipeline,
        ),
      );
      expect([picture.width, picture.height]).toEqual([side, side]);
    }
  });

  test('may hold markup, and draws it as it is', async () => {
    const black = await plain(600, 200, { r: 0, g: 0, b: 0 }).png().toBuffer();
    const widths: number[] = [];
    for (const label of ['a < b & c > d', 'a &lt; b &amp; c &gt; d', '<b>x</b>', 'x', '&']) {
      const red = boxOf(await pixels(await annotate(black, label, defaultPipeline)), isRed);
      widths.push(red.right - red.left);
    }
    const [raw, escaped, tagged, letter, ampersand] = widths as [number, number, number, number, number];
    expect(escaped).toBeGreaterThan(raw * 1.3);
    expect(tagged).toBeGreaterThan(letter * 4);
    expect(ampersand).toBeGreaterThan(5);
  });

  test('of control characters, lone surrogates or nothing draws nothing', async () => {
    const black = await plain(200, 100, { r: 0, g: 0, b: 0 }).png().toBuffer();
    for (const label of ['', ' \n\t', '\u0000\u0007', '\ud800']) {
      expect(boxOf(await pixels(await annotate(black, label, defaultPipeline)), isRed).count).toBe(0);
    }
    const mixed = await annotate(black, `tabby\u0000\ud800 ${'\n'}cat`, defaultPipeline);
    expect(boxOf(await pixels(mixed), isRed).count).toBeGreaterThan(50);
  });
});

describe('the picture', () => {
  test('is a JPEG without alpha and a PNG with it', async () => {
    const opaque = await annotate(
      await plain(100, 100, { r: 9, g: 9, b: 9 }).webp().toBuffer(),
      'cat',
      defaultPipeline,
    );
    expect((await sharp(opaque).metadata()).format).toBe('jpeg');
    const clear = await annotate(
      await plain(100, 100, { r: 9, g: 9, b: 9, alpha: 0.5 }).png().toBuffer(),
      'cat',
      defaultPipeline,
    );
    const meta = await sharp(clear).metadata();
    expect([meta.format, meta.hasAlpha]).toEqual(['png', true]);
    const { data } = await sharp(clear).raw().toBuffer({ resolveWithObject: true });
    expect(data.at(-1)).toBe(128);
  });

  test('stands upright, or as stored without orientation, and carries no orientation tag', async () => {
    const turned = await plain(120, 80, { r: 40, g: 90, b: 40 }).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const upright = await sharp(await annotate(turned, 'cat', defaultPipeline)).metadata();
    expect([upright.width, upright.height, upright.orientation ?? 1]).toEqual([80, 120, 1]);
    const stored = await sharp(await annotate(turned, 'cat', { ...defaultPipeline, orient: false })).metadata();
    expect([stored.width, stored.height, stored.orientation ?? 1]).toEqual([120, 80, 1]);
  });

  test('with --bgr is the blue one of the recipe, with a red label', async () => {
    const orange = await plain(300, 200, { r: 250, g: 120, b: 10 }).png().toBuffer();
    const picture = await pixels(await annotate(orange, 'cat', { ...defaultPipeline, bgr: true }));
    const [r, g, b] = picture.at(250, 150);
    expect([Math.abs(r - 10), Math.abs(g - 120), Math.abs(b - 250)].every((distance) => distance < 8)).toBe(true);
    expect(boxOf(picture, isRed).count).toBeGreaterThan(50);
  });

  test('may be grey, CMYK, 16-bit or BMP', async () => {
    const base = plain(120, 90, { r: 200, g: 90, b: 30 });
    for (const [bytes, expected, tolerance] of [
      [await base.clone().toColourspace('b-w').png().toBuffer(), [119, 119, 119], 12],
      [await base.clone().toColourspace('cmyk').jpeg().toBuffer(), [200, 90, 30], 40],
      [await base.clone().toColourspace('rgb16').png().toBuffer(), [200, 90, 30], 5],
      [bitmap(120, 90, [200, 90, 30]), [200, 90, 30], 5],
    ] as const) {
      const picture = await pixels(await annotate(bytes, 'cat', defaultPipeline));
      expect([picture.width, picture.height]).toEqual([120, 90]);
      expect(boxOf(picture, isRed).count).toBeGreaterThan(30);
      const colour = picture.at(110, 80);
      for (let k = 0; k < 3; k++) expect(Math.abs(colour[k]! - expected[k]!)).toBeLessThan(tolerance);
    }
  });

  test('that is broken, or a BMP that claims too many pixels, rejects', async () => {
    await expect(annotate(chelsea.subarray(0, 20_000), 'cat', defaultPipeline)).rejects.toThrow();
    const bomb = bitmap(2, 2, [1, 2, 3], [60_000, 60_000]);
    await expect(annotate(bomb, 'cat', defaultPipeline)).rejects.toThrow('3600000000 pixels');
    await expect(annotate(Buffer.from('BM'), 'cat', defaultPipeline)).rejects.toThrow();
    await expect(annotate(bitmap(9, 9, [1, 2, 3]).subarray(0, 100), 'cat', defaultPipeline)).rejects.toThrow();
  });
});
