import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeFit } from '../../src/ops/fit.js';
import type { Fit } from '../../src/ops/options.js';

const target = { width: 224, height: 224 };
const all = { left: 0, top: 0, width: 224, height: 224 };

describe('placeFit', () => {
  it('stretch takes everything to everything', () => {
    const { box, into } = placeFit({ kind: 'stretch' }, 500, 375, target);
    expect(box).toEqual({ left: 0, top: 0, width: 500, height: 375 });
    expect(into).toEqual(all);
  });

  it.each([
    [500, 375, { left: 86, top: 23, width: 328, height: 328 }],
    [375, 500, { left: 23, top: 86, width: 328, height: 328 }],
    [333, 500, { left: 21, top: 104, width: 291, height: 291 }],
    [8, 8, { left: 0, top: 0, width: 7, height: 7 }],
    [1, 1, { left: 0, top: 0, width: 1, height: 1 }],
  ])('crop:0.875 of %i × %i rounds down everywhere', (width, height, box) => {
    expect(placeFit({ kind: 'crop', ratio: 0.875 }, width, height, target)).toEqual({ box, into: all });
  });

  it('contain puts the whole of a wide picture in the middle', () => {
    const { box, into } = placeFit({ kind: 'contain' }, 400, 100, target);
    expect(box).toEqual({ left: 0, top: 0, width: 400, height: 100 });
    expect(into).toEqual({ left: 0, top: 84, width: 224, height: 56 });
  });

  it('cover cuts the surplus of a wide picture off evenly', () => {
    const { box, into } = placeFit({ kind: 'cover' }, 400, 100, target);
    expect(box).toEqual({ left: 150, top: 0, width: 100, height: 100 });
    expect(into).toEqual(all);
  });

  it('contain of an extreme picture keeps at least one row', () => {
    expect(placeFit({ kind: 'contain' }, 60_000, 1, target).into).toEqual({ left: 0, top: 111, width: 224, height: 1 });
  });

  it('boxes always lie within the picture, and places within the target', () => {
    const fit = fc.oneof(
      fc.constantFrom<Fit>({ kind: 'stretch' }, { kind: 'contain' }, { kind: 'cover' }),
      fc.double({ min: 0.01, max: 1, noNaN: true }).map((ratio): Fit => ({ kind: 'crop', ratio })),
    );
    const side = fc.integer({ min: 1, max: 70_000 });
    const out = fc.integer({ min: 1, max: 600 });
    const inside = (box: typeof all, width: number, height: number) => {
      expect(Object.values(box).every(Number.isInteger)).toBe(true);
      expect(Math.min(box.left, box.top)).toBeGreaterThanOrEqual(0);
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(1);
      expect(box.left + box.width).toBeLessThanOrEqual(width);
      expect(box.top + box.height).toBeLessThanOrEqual(height);
    };
    const property = fc.property(fit, side, side, out, out, (f, width, height, toWidth, toHeight) => {
      const { box, into } = placeFit(f, width, height, { width: toWidth, height: toHeight });
      inside(box, width, height);
      inside(into, toWidth, toHeight);
    });
    fc.assert(property, { seed: 6, numRuns: 1000 });
  });
});
