import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEvenSample } from '../../src/node/even-sample.js';
import { createQuantileSketch } from '../../src/node/quantile-sketch.js';
import { bytesText, durationText, millisecondsText, numberText, shareText } from '../../src/node/quantities.js';

const seed = 20_260_301;

describe('an even sample', () => {
  test('of any stream has as many items as were asked for, in order, without a gap over four strides', () => {
    const cases = fc.record({
      length: fc.integer({ min: 0, max: 3000 }),
      capacity: fc.integer({ min: 1, max: 60 }),
      count: fc.integer({ min: 1, max: 80 }),
    });
    fc.assert(
      fc.property(cases, ({ length, capacity, count }) => {
        const sample = createEvenSample<number>(capacity);
        for (let item = 0; item < length; item++) sample.add(item);
        const taken = sample.take(count);
        const wanted = Math.min(length, capacity, count);
        expect(sample.seen).toBe(length);
        expect(taken).toHaveLength(wanted);
        const gaps = [...taken, length].map((item, place) => item - (taken[place - 1] ?? 0));
        expect(Math.min(...gaps.slice(1, -1), 1)).toBeGreaterThanOrEqual(1);
        expect(Math.max(...gaps)).toBeLessThanOrEqual(4 * Math.ceil(length / Math.max(1, wanted)));
      }),
      { seed, numRuns: 300 },
    );
  });
});

describe('a quantile sketch', () => {
  test('is within 1 % of the value of that rank', () => {
    const values = fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (added, share) => {
        const sketch = createQuantileSketch();
        for (const value of added) sketch.add(value);
        const exact = added.toSorted((one, two) => one - two)[Math.ceil(share * added.length) - 1]!;
        expect(Math.abs(sketch.quantile(share) / exact - 1)).toBeLessThanOrEqual(0.0101);
        expect([sketch.min, sketch.max]).toEqual([Math.min(...added), Math.max(...added)]);
      }),
      { seed, numRuns: 300 },
    );
  });

  test('takes zero, and passes over what is no number', () => {
    const sketch = createQuantileSketch();
    for (const value of [0, Number.NaN, -1, Number.POSITIVE_INFINITY]) sketch.add(value);
    expect([sketch.count, sketch.quantile(0.5)]).toEqual([1, 0]);
    expect(createQuantileSketch().quantile(0.5)).toBeNaN();
  });
});

test('quantities read as people write them', () => {
  expect([0, 0.0123, 0.999, 1, 12.34, 99.96, 1234.5].map(numberText)).toEqual([
    '0',
    '0.012',
    '0.999',
    '1',
    '12.3',
    '100',
    '1,235',
  ]);
  expect([0, 1, 999, 1000, 34_200_000_000].map(bytesText)).toEqual([
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1 kB',
    '34.2 GB',
  ]);
  expect([0.44, 12, 59.7, 200, 3599, 7500, 90_000].map(durationText)).toEqual([
    '0.4 s',
    '12 s',
    '1 min',
    '3 min 20 s',
    '1 h',
    '2 h 5 min',
    '1 d 1 h',
  ]);
  expect([0.7961, 25.49, 994, 1500].map(millisecondsText)).toEqual(['0.8 ms', '25 ms', '990 ms', '1.5 s']);
  expect([shareText(0, 0), shareText(1, 1_000_000), shareText(999_999, 1_000_000), shareText(1, 8)]).toEqual([
    '0 %',
    '< 0.1 %',
    '> 99.9 %',
    '12.5 %',
  ]);
});
