import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp, { type PngOptions, type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Header } from '../../src/ops/header.js';
import { defaultPipeline } from '../../src/ops/options.js';
import { probe } from '../../src/ops/probe.js';
import { scanJpeg } from '../../src/ops/probe-jpeg.js';
import { isFailure } from '../../src/ops/row.js';
import { iccProfile } from './icc-make.js';
import { exif, litter, orientation, profileSegments, segment, splice } from './probe-parts.js';

const samples = join(import.meta.dirname, '../../samples');
const picture = sharp(join(samples, 'china.jpg')).resize(60, 40);
let jpeg: Buffer;
beforeAll(async () => {
  jpeg = await picture.clone().jpeg().toBuffer();
});

const header = async (bytes: Buffer, options = { ...defaultPipeline, avif: true }): Promise<Header> => {
  const found = await probe(bytes, options);
  if (isFailure(found)) throw new Error(`${found.code}: ${found.message}`);
  return found;
};

describe('probe of whole files', () => {
  it.each(['png', 'webp', 'gif', 'tiff', 'avif', 'jpeg'] as const)('%s: size, bands, depth, space', async (format) => {
    const bytes = await picture.clone().toFormat(format).toBuffer();
    expect(await header(bytes)).toMatchObject({
      format,
      storedWidth: 60,
      storedHeight: 40,
      bands: 3,
      hasAlpha: false,
      depth: 8,
      space: 'srgb',
      orientation: 1,
      frames: 1,
      progressive: false,
      wholeJpeg: format === 'jpeg',
      bytes: bytes.length,
    });
  });

  it('alpha, 16 bits, grey, palettes and interlacing are told apart', async () => {
    const png = (image: Sharp, options?: PngOptions) => image.png(options).toBuffer();
    expect(await header(await png(picture.clone().ensureAlpha(0.5)))).toMatchObject({ bands: 4, hasAlpha: true });
    expect(await header(await png(picture.clone().toColourspace('rgb16')))).toMatchObject({
      depth: 16,
      space: 'rgb16',
    });
    expect(await header(await png(picture.clone().toColourspace('b-w')))).toMatchObject({ bands: 1, space: 'b-w' });
    expect(await header(await png(picture.clone(), { palette: true }))).toMatchObject({ bands: 3, depth: 8 });
    expect(await header(await png(picture.clone(), { progressive: true }))).toMatchObject({ progressive: true });
  });

  it('AVIF has to be allowed', async () => {
    const bytes = await picture.clone().avif({ effort: 0 }).toBuffer();
    expect(await probe(bytes, defaultPipeline)).toMatchObject({ code: 'unsupported_format' });
  });

  it('all samples agree with libvips', async () => {
    for (const name of ['china.jpg', 'flower.jpg', 'hubble_deep_field.jpg', 'retina.jpg', 'rocket.jpg', 'camera.png']) {
      const bytes = readFileSync(join(samples, name));
      const { width, height, channels, space, isProgressive } = await sharp(bytes).metadata();
      expect(await header(bytes)).toMatchObject({
        storedWidth: width,
        storedHeight: height,
        bands: channels,
        space,
        progressive: isProgressive,
      });
    }
  });
});

describe('probe of JPEG segments', () => {
  it('finds the orientation, and takes nonsense for 1', async () => {
    for (let value = 1; value <= 8; value++)
      expect((await header(splice(jpeg, orientation(value)))).orientation).toBe(value);
    for (const value of [0, 9, 99, 65_535])
      expect((await header(splice(jpeg, orientation(value)))).orientation).toBe(1);
  });

  it.each([
    ['a directory behind the end', exif([[0x0112, 3, 1, 6]], { directory: 0xfffffff0 })],
    ['a directory in the header', exif([[0x0112, 3, 1, 6]], { directory: 0 })],
    ['more entries than there are bytes', exif([[0x0100, 3, 1, 6]], { count: 65_535 })],
    ['an orientation of another type', exif([[0x0112, 4, 1, 6]])],
    ['an orientation in many values', exif([[0x0112, 3, 5000, 6]])],
    ['no directory at all', segment(0xe1, Buffer.from('Exif\0\0MM\0*', 'latin1'))],
    ['no TIFF in it', segment(0xe1, Buffer.from('Exif\0\0nonsense, really', 'latin1'))],
  ])('EXIF with %s is no orientation', async (_, bytes) => {
    expect(await header(splice(jpeg, bytes))).toMatchObject({ orientation: 1, storedWidth: 60 });
  });

  it('a chain of directories that bites its tail ends at once', async () => {
    expect((await header(splice(jpeg, orientation(6)))).orientation).toBe(6);
  });

  it('joins a profile of several chunks, in any order', async () => {
    const icc = iccProfile({ curve: 'table' });
    const parts = profileSegments(icc, 3);
    expect(scanJpeg(splice(jpeg, ...parts))).toMatchObject({ icc });
    expect(scanJpeg(splice(jpeg, ...parts.reverse()))).toMatchObject({ icc });
    expect((await header(splice(jpeg, ...parts))).profile).toBe('srgb');
  });

  it('a profile that lacks a chunk is left to the decoder', async () => {
    const parts = profileSegments(iccProfile({ curve: 'table' }), 3);
    expect(scanJpeg(splice(jpeg, parts[0]!, parts[2]!))).toMatchObject({ icc: 'broken' });
    expect((await header(splice(jpeg, parts[0]!, parts[2]!))).profile).toBe('other');
  });

  it.each([
    ['bytes behind the end', () => Buffer.concat([jpeg, Buffer.alloc(4)])],
    ['no end', () => jpeg.subarray(0, -2)],
    ['garbage between segments', () => litter(jpeg)],
    ['a second start', () => splice(jpeg, Buffer.from([0xff, 0xd8]))],
    ['Adobe’s mark for RGB', () => splice(jpeg, segment(0xee, Buffer.from('Adobe\0\x64\0\0\0\0\0', 'latin1')))],
  ])('%s: read, but not whole', async (_, bytes) => {
    expect(await header(bytes())).toMatchObject({ storedWidth: 60, wholeJpeg: false });
  });

  it('CMYK is 4 bands and never whole', async () => {
    const bytes = await picture.clone().toColourspace('cmyk').jpeg().toBuffer();
    expect(await header(bytes)).toMatchObject({ bands: 4, space: 'cmyk', wholeJpeg: false });
  });

  it('two frame headers, of which a decoder might believe the other, are corrupt', async () => {
    const frame = segment(0xc0, Buffer.from([8, 0xea, 0x60, 0xea, 0x60, 1, 1, 0x11, 0]));
    expect(await probe(splice(jpeg, frame), defaultPipeline)).toMatchObject({ code: 'corrupt' });
  });

  it('progressive is seen', async () => {
    expect(await header(await picture.clone().jpeg({ progressive: true }).toBuffer())).toMatchObject({
      progressive: true,
      wholeJpeg: true,
    });
  });

  it('any mutation gives a header or a failure, never an exception, and no sides of 0', () => {
    const property = fc.property(
      fc.array(fc.tuple(fc.nat(jpeg.length - 1), fc.nat(255)), { maxLength: 12 }),
      fc.nat(jpeg.length),
      (changes, length) => {
        const bytes = Buffer.from(jpeg.subarray(0, length));
        for (const [at, value] of changes) if (at >= 2 && at < length) bytes[at] = value;
        const found = scanJpeg(bytes);
        if (!isFailure(found)) expect(Math.min(found.width, found.height)).toBeGreaterThan(0);
      },
    );
    fc.assert(property, { seed: 8, numRuns: 3000 });
  });

  it('costs a few microseconds, with EXIF and a profile', async () => {
    const bytes = splice(jpeg, orientation(6), ...profileSegments(iccProfile({ curve: 'table' })));
    await header(bytes);
    const times = Array.from({ length: 200 }, () => {
      const begin = performance.now();
      scanJpeg(bytes);
      return performance.now() - begin;
    }).sort((a, b) => a - b);
    expect(times[100]).toBeLessThan(0.5);
  });
});
