import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImgdError } from '../../src/base/errors.js';
import { decode } from '../../src/ops/decode.js';
import { planDecode } from '../../src/ops/decode-plan.js';
import { exactPixels } from '../../src/ops/exact-pixels.js';
import { defaultPipeline, type PipelineOptions } from '../../src/ops/options.js';
import { probe } from '../../src/ops/probe.js';
import type { Raster } from '../../src/ops/raster.js';
import { fitInto } from '../../src/ops/resample/fit-into.js';
import { createResampler } from '../../src/ops/resample/resampler.js';
import { isFailure } from '../../src/ops/row.js';
import { orientation, splice } from './probe-parts.js';
import { difference } from './resample-oracle.js';

const china = join(import.meta.dirname, '../../samples/china.jpg');
const target = { width: 224, height: 224 };
const picture = sharp(china).resize(90, 60);
const pixels = await picture.clone().raw().toBuffer();

async function read(
  bytes: Buffer,
  options: Partial<PipelineOptions> = {},
): Promise<Raster & { readonly name: string }> {
  const all = { ...defaultPipeline, ...options };
  const header = await probe(bytes, all);
  if (isFailure(header)) throw new Error(header.message);
  const plan = planDecode(header, { ...all, fit: { kind: 'stretch' }, target });
  const raster = await decode(bytes, header, plan, all);
  if (isFailure(raster)) throw new Error(raster.message);
  return { ...raster, name: plan.name };
}

describe('formats without loss give the very pixels', () => {
  it.each([
    ['PNG', picture.clone().png()],
    ['interlaced PNG', picture.clone().png({ progressive: true })],
    ['16-bit PNG', picture.clone().toColourspace('rgb16').png()],
    ['lossless WebP', picture.clone().webp({ lossless: true })],
    ['TIFF', picture.clone().tiff({ compression: 'lzw' })],
    ['16-bit TIFF', picture.clone().toColourspace('rgb16').tiff({ compression: 'lzw' })],
  ])('%s', async (_, image) => {
    const { data, width, height } = await read(await image.toBuffer());
    expect([width, height]).toEqual([90, 60]);
    expect(difference(data, pixels).most).toBe(0);
  });
});

describe('colours', () => {
  it('16-bit grey is scaled, not clipped', async () => {
    const grey = await picture.clone().toColourspace('b-w').raw().toBuffer();
    const deep = await picture.clone().toColourspace('grey16').png().toBuffer();
    const { data, provenance } = await read(deep);
    expect(provenance).toMatchObject({ space: 'grey16', depth: 16 });
    expect(data.length).toBe(grey.length * 3);
    for (let i = 0; i < grey.length; i++) expect(Math.abs(data[i * 3 + 1]! - grey[i]!)).toBeLessThanOrEqual(1);
  });

  it('a grey JPEG has three equal channels on every road', async () => {
    const bytes = await picture.clone().toColourspace('b-w').jpeg().toBuffer();
    for (const mode of ['auto', 'exact'] as const) {
      const { data, name } = await read(bytes, { decode: mode });
      expect(name).toBe(mode === 'auto' ? 'napi' : 'sharp+exact');
      expect(data.length).toBe(90 * 60 * 3);
      for (let i = 0; i < data.length; i += 3) expect(data[i] === data[i + 1] && data[i] === data[i + 2]).toBe(true);
    }
  });

  it('a CMYK JPEG looks as before, not inverted', async () => {
    const bytes = await picture
      .clone()
      .toColourspace('cmyk')
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    for (const icc of ['apply', 'ignore'] as const) {
      const { data, provenance } = await read(bytes, { icc });
      expect(provenance.space).toBe('cmyk');
      expect(difference(data, pixels).mean).toBeLessThan(12);
    }
  });

  it('a profile that is not sRGB is applied or ignored, and the row can say so', async () => {
    const bytes = await picture.clone().withIccProfile('p3').png().toBuffer();
    const applied = await read(bytes);
    const ignored = await read(bytes, { icc: 'ignore' });
    expect(applied.provenance.profile).toBe('applied');
    expect(ignored.provenance.profile).toBe('ignored');
    expect(difference(applied.data, pixels).mean).toBeLessThan(1);
    expect(difference(ignored.data, pixels).mean).toBeGreaterThan(1);
  });

  it('an sRGB profile costs nothing: the fast road is open', async () => {
    const { name, provenance } = await read(await picture.clone().withIccProfile('srgb').jpeg().toBuffer());
    expect(name).toBe('napi');
    expect(provenance.profile).toBe('srgb');
  });

  it('a palette gives its colours', async () => {
    const bytes = await picture.clone().png({ palette: true, colours: 256, dither: 0 }).toBuffer();
    expect(difference((await read(bytes)).data, pixels).mean).toBeLessThan(4);
  });
});

describe('alpha', () => {
  const half = async () => picture.clone().ensureAlpha(0.5).png().toBuffer();

  it('is dropped without a background', async () => {
    const { data, provenance } = await read(await half());
    expect(provenance.alpha).toBe('dropped');
    expect(difference(data, pixels).most).toBe(0);
  });

  it('is flattened on a background', async () => {
    const { data, provenance } = await read(await half(), { background: [255, 0, 0] });
    expect(provenance.alpha).toBe('flattened');
    const expected = pixels.map((value, i) => Math.round(value / 2 + (i % 3 === 0 ? 127.5 : 0)));
    expect(difference(data, expected).most).toBeLessThanOrEqual(2);
  });

  it('of grey pictures and of palettes is handled too', async () => {
    const grey = await picture.clone().toColourspace('b-w').ensureAlpha(0.5).png().toBuffer();
    expect((await read(grey)).data.length).toBe(pixels.length);
    const palette = await picture.clone().ensureAlpha(0.5).png({ palette: true }).toBuffer();
    expect((await read(palette, { background: [0, 0, 0] })).data.length).toBe(pixels.length);
  });
});

describe('EXIF orientation', () => {
  /** Where the displayed pixel (x, y) of a picture w × h as displayed is stored. */
  const stored: Record<number, (x: number, y: number, w: number, h: number) => readonly [number, number]> = {
    1: (x, y) => [x, y],
    2: (x, y, w) => [w - 1 - x, y],
    3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
    4: (x, y, _, h) => [x, h - 1 - y],
    5: (x, y) => [y, x],
    6: (x, y, w) => [y, w - 1 - x],
    7: (x, y, w, h) => [h - 1 - y, w - 1 - x],
    8: (x, y, _, h) => [h - 1 - y, x],
  };

  const lying = (value: number, { data, width, height }: Pick<Raster, 'data' | 'width' | 'height'>) => {
    const turned = value >= 5;
    const size = turned ? { width: height, height: width } : { width, height };
    const raw = Buffer.alloc(data.length);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [sx, sy] = stored[value]!(x, y, width, height);
        const from = (y * width + x) * 3;
        raw.set(data.subarray(from, from + 3), (sy * size.width + sx) * 3);
      }
    }
    return sharp(raw, { raw: { ...size, channels: 3 } }).withMetadata({ orientation: value });
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i: equal to the upright picture', async (value) => {
    const upright = { data: pixels, width: 90, height: 60 };
    const { data, width, height, provenance } = await read(await lying(value, upright).png().toBuffer());
    expect([width, height]).toEqual([90, 60]);
    expect(provenance).toMatchObject({ orientation: value, oriented: value > 1 });
    expect(difference(data, pixels).most).toBe(0);
  });

  it.each([3, 6, 7])('%i: a large JPEG loaded at a part of its size is upright', async (value) => {
    const size = { width: 2400, height: 1800 };
    const upright = {
      data: await sharp(china)
        .resize({ ...size, fit: 'fill' })
        .raw()
        .toBuffer(),
      ...size,
    };
    const bytes = await lying(value, upright).jpeg({ quality: 95 }).toBuffer();
    const scaled = await read(bytes);
    expect(scaled).toMatchObject({ name: 'sharp/2', width: 800, height: 600, fullWidth: 2400, fullHeight: 1800 });
    const full = await read(bytes, { decode: 'exact' });
    const fitted = [scaled, full].map((raster) => {
      const out = new Uint8Array(224 * 224 * 3);
      const request = { fit: { kind: 'crop', ratio: 0.875 }, kernel: 'bicubic', precision: 'exact', target } as const;
      fitInto(createResampler(), raster, request, out, 0);
      return out;
    });
    expect(difference(fitted[0]!, fitted[1]!).mean).toBeLessThan(1.5);
  });

  it('is left alone when told so', async () => {
    const bytes = splice(await picture.clone().jpeg().toBuffer(), orientation(6));
    const { width, height, provenance } = await read(bytes, { orient: false });
    expect([width, height]).toEqual([90, 60]);
    expect(provenance).toMatchObject({ orientation: 6, oriented: false });
  });
});

describe('roads', () => {
  it('napi and sharp agree within the rounding of two decoders', async () => {
    const bytes = await sharp(china).jpeg({ quality: 90 }).toBuffer();
    const [fast, full] = [await read(bytes, { decode: 'auto' }), await read(bytes, { decode: 'exact' })];
    expect([fast.name, full.name]).toEqual(['napi', 'sharp+exact']);
    expect(difference(fast.data, full.data).mean).toBeLessThan(0.5);
  });

  it('scaled loading says how much was decoded', async () => {
    const bytes = await sharp(china).resize(4000, 3000, { fit: 'fill' }).jpeg().toBuffer();
    const { name, provenance, width } = await read(bytes);
    expect(name).toBe('sharp/4');
    expect(width).toBe(800);
    expect(provenance.fraction_decoded).toBe(1 / 16);
  });
});

describe('exactPixels', () => {
  const contract = {
    fit: { kind: 'crop', ratio: 0.875 },
    kernel: 'bicubic',
    input: {
      name: 'x',
      type: 'uint8',
      layout: 'NHWC',
      order: 'RGB',
      height: 32,
      width: 48,
      mean: [0, 0, 0],
      scale: [1, 1, 1],
    },
  } as const;

  it('gives height × width × 3 bytes, the same ones each time', async () => {
    const [a, b] = [await exactPixels(china, contract), await exactPixels(china, contract)];
    expect(a.length).toBe(32 * 48 * 3);
    expect(a).toEqual(b);
  });

  it('what is no picture, or is not there, ends the command', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'imgd-exact-'));
    try {
      const file = join(folder, 'text.jpg');
      await writeFile(file, 'no picture');
      await expect(exactPixels(file, contract)).rejects.toThrow(ImgdError);
      await expect(exactPixels(join(folder, 'none.jpg'), contract)).rejects.toMatchObject({ code: 'not_found' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
