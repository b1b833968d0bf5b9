import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlanSegment } from '../../src/io/plan.js';
import { type CutterOptions, createPlanCutter } from '../../src/io/plan-cutter.js';

const cutAll = (inputs: number, options?: CutterOptions): PlanSegment[] => {
  const cutter = createPlanCutter(options);
  const segments: PlanSegment[] = [];
  for (let index = 0; index < inputs; index += 1) {
    const made = cutter.add({ entry: { uri: String(index), size: 1, version: null }, cursor: `after ${index}` });
    if (made !== undefined) segments.push(made);
  }
  const last = cutter.finish();
  return last === undefined ? segments : [...segments, last];
};

const sizes = (segments: readonly PlanSegment[]) => segments.map(({ parts }) => parts.map(({ count }) => count));

test('the first segment is full after 64 entries, and parts grow twice at each size', () => {
  const segments = cutAll(20_000);
  expect(sizes(segments).slice(0, 10)).toEqual([
    [64],
    [64],
    [128],
    [128],
    [256],
    [256],
    [512],
    [512],
    [1024, 1024, 1024, 1024],
    [1024, 1024, 1024, 1024],
  ]);
  expect(segments[0]?.cursor).toBe('after 63');
});

test('few entries make one small segment, none make none', () => {
  expect(sizes(cutAll(10))).toEqual([[10]]);
  expect(sizes(cutAll(75))).toEqual([[64], [11]]);
  expect(cutAll(0)).toEqual([]);
});

test('the last segment is cut ever smaller, so that the work ends evenly', () => {
  const last = sizes(cutAll(1920 + 1000)).at(-1);
  expect(last).toEqual([250, 188, 141, 106, 79, 64, 64, 64, 44]);
});

test('a part’s estimated output stays below the cap', () => {
  const segments = cutAll(3000, { bytesPerRow: 4 * 2 ** 20 });
  expect(Math.max(...sizes(segments).flat())).toBe(64);
  expect(sizes(cutAll(5, { bytesPerRow: 2 ** 40 }))).toEqual([[1, 1, 1, 1, 1]]);
});

test('after a segment that stands, numbers and indices go on from it', () => {
  const cutter = createPlanCutter();
  cutter.add({ entry: { uri: 'lost', size: 1, version: null }, cursor: 'lost' });
  cutter.adopt({
    number: 3,
    first: 100,
    entries: Array.from({ length: 20 }, () => ({ uri: 'x', size: 1, version: null })),
    parts: [{ number: 5, first: 100, count: 20 }],
    cursor: 'theirs',
  });
  expect(cutter.cut).toEqual({ segments: 3, parts: 5, accepted: 120 });
  cutter.add({ entry: { uri: 'mine', size: 1, version: null }, cursor: 'mine' });
  expect(cutter.finish()).toEqual({
    number: 4,
    first: 120,
    entries: [{ uri: 'mine', size: 1, version: null }],
    parts: [{ number: 6, first: 120, count: 1 }],
    cursor: 'mine',
  });
});

test('any options, any length: segments and parts follow on each other and cover every entry once', () => {
  const options = fc.record({
    smallest: fc.integer({ min: 1, max: 70 }),
    largest: fc.integer({ min: 70, max: 300 }),
    segment: fc.integer({ min: 1, max: 900 }),
    bytesPerRow: fc.integer({ min: 1, max: 2 ** 24 }),
    tail: fc.integer({ min: 1, max: 8 }),
  });
  const check = fc.property(fc.nat(3000), options, (inputs, chosen) => {
    const segments = cutAll(inputs, chosen);
    let [entry, part] = [0, 1];
    for (const [place, segment] of segments.entries()) {
      expect(segment).toMatchObject({ number: place + 1, first: entry });
      expect(segment.entries.map(({ uri }) => uri)).toEqual(segment.entries.map((_, at) => String(entry + at)));
      expect(segment.entries.length).toBeLessThanOrEqual(chosen.segment);
      expect(segment.cursor).toBe(`after ${entry + segment.entries.length - 1}`);
      for (const { number, first, count } of segment.parts) {
        expect([number, first]).toEqual([part, entry]);
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThanOrEqual(chosen.largest);
        entry += count;
        part += 1;
      }
    }
    expect(entry).toBe(inputs);
  });
  fc.assert(check, { seed: 7, numRuns: 150 });
});
