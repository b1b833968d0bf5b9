import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Kernel, kernels } from '../../src/ops/options.js';
import { coefficientTable } from '../../src/ops/resample/coefficient-table.js';
import { fitInto } from '../../src/ops/resample/fit-into.js';
import { createResampler, type Precision } from '../../src/ops/resample/resampler.js';
import { onnxResize } from './resample-onnx.js';
import { crop, difference, noise, type Picture, pillowResize } from './resample-oracle.js';

const root = join(import.meta.dirname, '../..');
const resampler = createResampler();
const whole = ({ width, height }: Picture) => ({ left: 0, top: 0, width, height });

function resize(
  source: Picture,
  width: number,
  height: number,
  kernel: Kernel,
  precision: Precision,
  box = whole(source),
) {
  const out = new Uint8Array(width * height * 3);
  resampler.resize(source, box, { width, height }, kernel, precision, out, 0);
  return out;
}

const pillow: {
  cases: {
    kernel: Kernel;
    width: number;
    height: number;
    seed: number;
    targetWidth: number;
    targetHeight: number;
    pixels: string;
  }[];
} = JSON.parse(readFileSync(join(import.meta.dirname, 'resample-pillow.json'), 'utf8'));

describe('against pixels that Pillow made', () => {
  it.each(pillow.cases)(
    '$kernel from $width × $height to $targetWidth × $targetHeight: exact and oracle are equal to them',
    (c) => {
      const source = noise(c.width, c.height, c.seed);
      const expected = Buffer.from(c.pixels, 'base64');
      expect(Buffer.from(resize(source, c.targetWidth, c.targetHeight, c.kernel, 'exact'))).toEqual(expected);
      expect(Buffer.from(pillowResize(source, c.targetWidth, c.targetHeight, c.kernel))).toEqual(expected);
    },
  );
});

describe('against the plain oracle', () => {
  const side = fc.integer({ min: 1, max: 90 });
  const kernel = fc.constantFrom(...kernels);
  const seed = fc.nat(1e9);

  it('exact is bit for bit equal, whatever the sizes and the kernel', () => {
    const property = fc.property(side, side, side, side, kernel, seed, (w, h, tw, th, k, s) => {
      const source = noise(w, h, s);
      expect(difference(resize(source, tw, th, k, 'exact'), pillowResize(source, tw, th, k)).most).toBe(0);
    });
    fc.assert(property, { seed: 1, numRuns: 300 });
  });

  it('quick is at most 2 levels away, even on noise, and on average far less', () => {
    let sum = 0;
    const property = fc.property(side, side, side, side, kernel, seed, (w, h, tw, th, k, s) => {
      const source = noise(w, h, s);
      const { mean, most } = difference(resize(source, tw, th, k, 'quick'), pillowResize(source, tw, th, k));
      expect(most).toBeLessThanOrEqual(2);
      sum += mean;
    });
    fc.assert(property, { seed: 2, numRuns: 300 });
    expect(sum / 300).toBeLessThan(0.005);
  });

  it('a box is a crop: no pixel outside of it is seen', () => {
    const property = fc.property(
      fc.integer({ min: 3, max: 60 }),
      fc.integer({ min: 3, max: 60 }),
      kernel,
      seed,
      (w, h, k, s) => {
        const source = noise(w, h, s);
        const box = {
          left: Math.floor(w / 3),
          top: Math.floor(h / 4),
          width: Math.ceil(w / 2),
          height: Math.ceil(h / 2),
        };
        const cut = crop(source, box.left, box.top, box.width, box.height);
        expect(difference(resize(source, 17, 13, k, 'exact', box), pillowResize(cut, 17, 13, k)).most).toBe(0);
      },
    );
    fc.assert(property, { seed: 3, numRuns: 100 });
  });

  it('a white picture stays white and a black one black, in both precisions', () => {
    for (const level of [0, 255]) {
      const source = { data: new Uint8Array(500 * 375 * 3).fill(level), width: 500, height: 375 };
      for (const k of kernels) {
        for (const p of ['exact', 'quick'] as const)
          expect(new Set(resize(source, 224, 224, k, p))).toEqual(new Set([level]));
      }
    }
  });
});

describe('sizes that do not fit the memory at once', () => {
  it.each([
    [50_000, 9, 224, 6],
    [3, 65_535, 224, 224],
    [2, 65_535, 200, 2],
    [65_535, 2, 3, 5],
    [4000, 700, 224, 224],
  ])('%i × %i to %i × %i equals the oracle', (w, h, tw, th) => {
    const source = noise(w, h, 7);
    expect(difference(resize(source, tw, th, 'bicubic', 'exact'), pillowResize(source, tw, th, 'bicubic')).most).toBe(
      0,
    );
  });

  it('a picture of 49 megapixels passes through', () => {
    const source = { data: new Uint8Array(7000 * 7000 * 3).fill(77), width: 7000, height: 7000 };
    expect(new Set(resize(source, 224, 224, 'lanczos', 'exact'))).toEqual(new Set([77]));
  });
});

describe('arguments', () => {
  it('writes at the offset, with the stride, and nothing else', () => {
    const source = noise(10, 10, 1);
    const out = new Uint8Array(400).fill(9);
    resampler.resize(source, whole(source), { width: 4, height: 5 }, 'bicubic', 'exact', out, 30, 50);
    const tight = resize(source, 4, 5, 'bicubic', 'exact');
    const expected = new Uint8Array(400).fill(9);
    for (let y = 0; y < 5; y++) expected.set(tight.subarray(y * 12, y * 12 + 12), 30 + y * 50);
    expect(out).toEqual(expected);
  });

  it.each([
    ['empty', { left: 0, top: 0, width: 0, height: 4 }],
    ['left of the picture', { left: -1, top: 0, width: 4, height: 4 }],
    ['beyond the right side', { left: 7, top: 0, width: 4, height: 4 }],
    ['not a number', { left: 0, top: 0, width: Number.NaN, height: 4 }],
  ])('a box that is %s is a RangeError', (_, box) => {
    expect(() => resize(noise(10, 10, 1), 4, 4, 'bicubic', 'exact', box)).toThrow(RangeError);
  });

  it('fewer bytes than the size promises are a RangeError', () => {
    expect(() => resize({ data: new Uint8Array(299), width: 10, height: 10 }, 4, 4, 'bicubic', 'quick')).toThrow(
      RangeError,
    );
  });

  it('a box with fractions lies between its neighbours in whole pixels', () => {
    const gradient = {
      data: Uint8Array.from({ length: 100 * 4 * 3 }, (_, i) => Math.floor(i / 3) % 100),
      width: 100,
      height: 4,
    };
    const at = (left: number) =>
      resize(gradient, 1, 1, 'bilinear', 'exact', { left, top: 0, width: 50, height: 4 })[0]!;
    expect(at(10.5) - at(10)).toBeGreaterThanOrEqual(0);
    expect(at(14) - at(10.5)).toBeGreaterThanOrEqual(3);
  });
});

describe('coefficient tables', () => {
  it.each(['bilinear', 'bicubic', 'lanczos'] as const)(
    'each row of a quick %s table sums to exactly 2^shift',
    (kernel) => {
      const property = fc.property(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 1, max: 300 }), (size, out) => {
        const table = coefficientTable(kernel, { size, start: 0, end: size, out }, 'quick', 4);
        for (let i = 0; i < out; i++) {
          const row = table.limbs.subarray(i * table.stride, (i + 1) * table.stride);
          expect(row.reduce((a, b) => a + b, 0)).toBe(2 ** table.shift);
        }
      });
      fc.assert(property, { seed: 4, numRuns: 60 });
    },
  );
});

describe('fitInto', () => {
  it('a contained picture is centred on black, and the rest of the batch is left alone', () => {
    const source = {
      data: new Uint8Array(20 * 10 * 3).fill(200),
      width: 20,
      height: 10,
      fullWidth: 20,
      fullHeight: 10,
    };
    const out = new Uint8Array(3 * 8 * 8 * 3).fill(7);
    fitInto(
      resampler,
      source,
      { fit: { kind: 'contain' }, kernel: 'bicubic', precision: 'exact', target: { width: 8, height: 8 } },
      out,
      192,
    );
    const image = out.subarray(192, 384);
    expect([...image.subarray(0, 48)].every((v) => v === 0)).toBe(true);
    expect([...image.subarray(48, 144)].every((v) => v === 200)).toBe(true);
    expect([...image.subarray(144)].every((v) => v === 0)).toBe(true);
    expect(new Set([...out.subarray(0, 192), ...out.subarray(384)])).toEqual(new Set([7]));
  });

  it('the crop of a picture loaded at a part of its size is the full picture’s crop, at any odd size', () => {
    const property = fc.property(
      fc.integer({ min: 30, max: 9000 }),
      fc.integer({ min: 30, max: 9000 }),
      (fullWidth, fullHeight) => {
        const width = Math.max(1, Math.floor(fullWidth / 9));
        const height = Math.max(1, Math.floor(fullHeight / 9));
        const source = { data: new Uint8Array(width * height * 3).fill(50), width, height, fullWidth, fullHeight };
        const out = new Uint8Array(12 * 12 * 3);
        fitInto(
          resampler,
          source,
          {
            fit: { kind: 'crop', ratio: 0.875 },
            kernel: 'bicubic',
            precision: 'quick',
            target: { width: 12, height: 12 },
          },
          out,
          0,
        );
        expect(new Set(out)).toEqual(new Set([50]));
      },
    );
    fc.assert(property, { seed: 5, numRuns: 200 });
  });
});

describe('against ONNX Runtime’s Resize operator', () => {
  it.each([
    ['bicubic', 'cubic'],
    ['bilinear', 'linear'],
  ] as const)('%s agrees within rounding', async (kernel, mode) => {
    for (const [w, h] of [
      [300, 200],
      [150, 260],
      [64, 48],
    ] as const) {
      const source = noise(w, h, w);
      const { mean, most } = difference(
        resize(source, 112, 112, kernel, 'exact'),
        await onnxResize(source, 112, 112, mode),
      );
      expect(most).toBeLessThanOrEqual(1);
      expect(mean).toBeLessThan(0.05);
    }
  });
});

it('the committed kernel is what its source gives', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/build-kernel.mjs'), '--check'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
