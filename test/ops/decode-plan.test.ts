import { describe, expect, it } from 'vitest';
import { displayedSize, estimateDecodedBytes, type PlanRequest, planDecode } from '../../src/ops/decode-plan.js';
import type { Header } from '../../src/ops/header.js';

const photo: Header = {
  format: 'jpeg',
  storedWidth: 500,
  storedHeight: 375,
  bands: 3,
  hasAlpha: false,
  depth: 8,
  space: 'srgb',
  orientation: 1,
  profile: 'none',
  frames: 1,
  progressive: false,
  wholeJpeg: true,
  bytes: 100_000,
};
const request: PlanRequest = {
  decode: 'auto',
  icc: 'apply',
  orient: true,
  fit: { kind: 'crop', ratio: 0.875 },
  target: { width: 224, height: 224 },
};
const name = (header: Partial<Header>, wish: Partial<PlanRequest> = {}) =>
  planDecode({ ...photo, ...header }, { ...request, ...wish }).name;
const large = { storedWidth: 4000, storedHeight: 3000 };

describe('planDecode', () => {
  it('exact always decodes everything with sharp', () => {
    expect(name({}, { decode: 'exact' })).toBe('sharp+exact');
    expect(name(large, { decode: 'exact' })).toBe('sharp+exact');
    expect(planDecode(photo, { ...request, decode: 'exact' }).precision).toBe('exact');
  });

  it('a small plain JPEG takes napi', () => {
    expect(name({})).toBe('napi');
    expect(name({ profile: 'srgb' })).toBe('napi');
    expect(name({ bands: 1, space: 'b-w' })).toBe('napi');
    expect(name({}, { decode: 'fast' })).toBe('napi');
  });

  it.each([
    ['not whole', { wholeJpeg: false }, {}],
    ['with a profile to apply', { profile: 'other' }, {}],
    ['lying on its side', { orientation: 6 }, {}],
    ['with 12 bits', { depth: 12 }, {}],
    ['of a megapixel', { storedWidth: 1000, storedHeight: 1000 }, {}],
  ] as const)('a JPEG %s takes sharp', (_, header, wish) => {
    expect(name(header, wish)).toBe('sharp');
  });

  it('a profile or a side that is to be left alone is no hindrance', () => {
    expect(name({ profile: 'other' }, { icc: 'ignore' })).toBe('napi');
    expect(name({ orientation: 6 }, { orient: false })).toBe('napi');
  });

  it('a large JPEG is loaded at a part of its size while 2.5 times the target remains', () => {
    expect(planDecode({ ...photo, ...large }, request)).toEqual({
      road: 'sharp-scaled',
      factor: 2,
      width: 1333,
      height: 1000,
      name: 'sharp/2',
      precision: 'quick',
    });
    expect(name({ storedWidth: 8000, storedHeight: 6000 })).toBe('sharp/8');
    expect(name({ storedWidth: 5000, storedHeight: 3750 })).toBe('sharp/4');
    expect(name({ storedWidth: 2500, storedHeight: 1875 })).toBe('sharp');
  });

  it('fast goes down to the target itself', () => {
    expect(name(large, { decode: 'fast' })).toBe('sharp/8');
    expect(name({ storedWidth: 1024, storedHeight: 800 }, { decode: 'fast' })).toBe('sharp/2');
  });

  it('the shorter side of what the fit takes decides', () => {
    const panorama = { storedWidth: 12_000, storedHeight: 1200 };
    expect(name(panorama)).toBe('sharp');
    expect(name(panorama, { fit: { kind: 'contain' } })).toBe('sharp/8');
  });

  it('a large JPEG on its side asks for the displayed size', () => {
    expect(planDecode({ ...photo, ...large, orientation: 6 }, request)).toMatchObject({ width: 1000, height: 1333 });
    expect(displayedSize({ ...photo, ...large, orientation: 6 }, false)).toEqual({ width: 4000, height: 3000 });
  });

  it('other formats take sharp, BMP its own', () => {
    expect(name({ format: 'png', ...large })).toBe('sharp');
    expect(name({ format: 'bmp' })).toBe('bmp');
    expect(name({ format: 'bmp' }, { decode: 'exact' })).toBe('bmp+exact');
  });
});

describe('estimateDecodedBytes', () => {
  const estimate = (header: Partial<Header>, wish: Partial<PlanRequest> = {}) => {
    const all = { ...photo, ...header };
    return estimateDecodedBytes(all, planDecode(all, { ...request, ...wish }));
  };

  it('covers the result', () => {
    expect(estimate({})).toBeGreaterThanOrEqual(500 * 375 * 3);
  });

  it('counts a progressive JPEG’s coefficients even when it is loaded at a part of its size', () => {
    expect(estimate(large)).toBeLessThan(12e6);
    expect(estimate({ ...large, progressive: true })).toBeGreaterThan(12e6 * 3 * 2);
  });

  it('counts whole pictures at their own depth', () => {
    const png = { format: 'png', ...large } as const;
    expect(estimate({ ...png, progressive: true, bands: 4, depth: 16 }) - estimate(png)).toBe(12e6 * 8);
  });
});
