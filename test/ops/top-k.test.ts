import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topK } from '../../src/ops/top-k.js';

describe('topK', () => {
  it('gives the best scores first, ties in the order of their class', () => {
    const scores = Float32Array.of(0.25, 0.5, 0.25, 0, 0.25);
    expect(topK(scores, 0, 5, 4)).toEqual({ indices: [1, 0, 2, 4], scores: [0.5, 0.25, 0.25, 0.25] });
  });

  it('reads its own row alone', () => {
    const scores = Float32Array.of(Number.NaN, 9, 0.1, 0.9, Number.NaN);
    expect(topK(scores, 2, 2, 5)?.indices).toEqual([1, 0]);
  });

  it.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['minus infinity', Number.NEGATIVE_INFINITY],
  ])('refuses a row that holds %s anywhere', (_, broken) => {
    for (let at = 0; at < 4; at++) {
      const scores = Float32Array.of(0.1, 0.2, 0.3, 0.4);
      scores[at] = broken;
      expect(topK(scores, 0, 4, 1)).toBeNull();
    }
  });

  it('refuses rows without a positive score, and rows that end too early', () => {
    expect(topK(new Float32Array(10), 0, 10, 3)).toBeNull();
    expect(topK(Float32Array.of(-1, -2), 0, 2, 1)).toBeNull();
    expect(topK(Float32Array.of(0.5, 0.5), 1, 2, 1)).toBeNull();
  });

  it('equals a stable sort of all classes, for any scores and any k', () => {
    const score = fc.integer({ min: 0, max: 6 }).map((n) => n / 8);
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (values, k) => {
        const sorted = values.map((value, i) => ({ value, i })).sort((a, b) => b.value - a.value || a.i - b.i);
        const best = sorted.slice(0, k);
        const expected = values.some((value) => value > 0)
          ? { indices: best.map((one) => one.i), scores: best.map((one) => one.value) }
          : null;
        expect(topK(Float32Array.from(values), 0, values.length, k)).toEqual(expected);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
