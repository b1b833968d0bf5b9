import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { preprocessor } from '../../../src/ops/model/preprocess.js';
import { softmax } from '../../../src/ops/model/softmax.js';

const ones = { mean: [0, 0, 0], scale: [1, 1, 1] } as const;

describe('preprocessor', () => {
  it('hands uint8 RGB NHWC pixels through without a copy', () => {
    const pixels = Uint8Array.from({ length: 12 }, (_, i) => i);
    const prepare = preprocessor({ type: 'uint8', layout: 'NHWC', order: 'RGB', height: 1, width: 2, ...ones });
    const values = prepare(pixels, 1);
    expect([...values]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(values.buffer).toBe(pixels.buffer);
  });

  it('puts planes one after another for NCHW, image by image', () => {
    const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16);
    const input = { type: 'uint8', layout: 'NCHW', order: 'RGB', height: 1, width: 2, ...ones } as const;
    expect([...preprocessor(input)(pixels, 2)]).toEqual([1, 4, 2, 5, 3, 6, 11, 14, 12, 15, 13, 16]);
    expect([...preprocessor({ ...input, order: 'BGR' })(pixels, 1)]).toEqual([3, 6, 2, 5, 1, 4]);
  });

  it('applies mean and scale in the channel order of the model', () => {
    const input = { type: 'float32', layout: 'NHWC', order: 'BGR', height: 1, width: 1 } as const;
    const prepare = preprocessor({ ...input, mean: [103.939, 116.779, 123.68], scale: [1, 1, 2] });
    const [blue, green, red] = prepare(Uint8Array.of(200, 100, 50), 1);
    expect([blue, green, red]).toEqual([50 - 103.939, 100 - 116.779, (200 - 123.68) * 2].map(Math.fround));
  });

  it('equals the formula for every layout, order, mean and scale', () => {
    const number = fc.double({ min: -300, max: 300, noNaN: true });
    const three = fc.tuple(number, number, number);
    fc.assert(
      fc.property(
        fc.constantFrom('NHWC' as const, 'NCHW' as const),
        fc.constantFrom('RGB' as const, 'BGR' as const),
        three,
        three,
        fc.uint8Array({ minLength: 36, maxLength: 36 }),
        (layout, order, mean, scale, pixels) => {
          const [height, width, count] = [2, 3, 2];
          const values = preprocessor({ type: 'float32', layout, order, height, width, mean, scale })(pixels, count);
          for (let n = 0; n < count; n++)
            for (let y = 0; y < height; y++)
              for (let x = 0; x < width; x++)
                for (let c = 0; c < 3; c++) {
                  const pixel = pixels[((n * height + y) * width + x) * 3 + (order === 'RGB' ? c : 2 - c)]!;
                  const at =
                    layout === 'NHWC' ? ((n * height + y) * width + x) * 3 + c : ((n * 3 + c) * height + y) * width + x;
                  expect(values[at]).toBe(Math.fround((pixel - mean[c]!) * scale[c]!));
                }
        },
      ),
      { seed: 11, numRuns: 100 },
    );
  });
});

describe('softmax', () => {
  it('adds up to one for logits of any size', () => {
    const rows = softmax(Float32Array.of(1000, 1001, 1002, -1000, -1001, -1002), 3);
    expect([...rows.subarray(0, 3)].map((x) => x.toFixed(4))).toEqual(['0.0900', '0.2447', '0.6652']);
    expect([...rows.subarray(3)].map((x) => x.toFixed(4))).toEqual(['0.6652', '0.2447', '0.0900']);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'makes a whole row NaN for one logit %d',
    (broken) => {
      const rows = softmax(Float32Array.of(1, broken, 2, 1, 1, 1), 3);
      expect([...rows.subarray(0, 3)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
      expect(rows[3]).toBeCloseTo(1 / 3);
    },
  );
});
