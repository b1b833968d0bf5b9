import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, PixelBatch } from '../../src/ops/engine.js';

/** Pseudo-random pixels of `count` images, always the same for the same seed. */
export function noise(engine: Pick<Engine, 'contract'>, count: number, seed = 1): PixelBatch {
  const { height, width } = engine.contract.input;
  let state = seed;
  const pixels = Uint8Array.from({ length: count * height * width * 3 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  return { pixels, count };
}

/** What every engine does, whatever runs inside. */
export function engineSuite(name: string, open: () => Promise<Engine>): void {
  describe(`${name}, as any engine`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await open();
    });
    afterAll(() => engine?.close());

    const each = () => engine.contract.input.height * engine.contract.input.width * 3;
    const rowOf = (all: Float32Array, i: number) => {
      const { classes } = engine.contract.output;
      return [...all.subarray(i * classes, (i + 1) * classes)];
    };

    it('says what runs, with its version, and knows the names of its tensors', () => {
      expect(engine.name).toMatch(/^[a-z-]+ \d+\.\d+/);
      expect(engine.contract.input.name).toEqual(expect.any(String));
      expect(engine.contract.output.name).toEqual(expect.any(String));
    });

    it('gives a row of probabilities for each image', async () => {
      const { probabilities } = await engine.predict(noise(engine, 3));
      expect(probabilities).toHaveLength(3 * engine.contract.output.classes);
      for (const i of [0, 1, 2]) {
        const row = rowOf(probabilities, i);
        expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 3);
        expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
      }
    });

    it('gives an image the same scores alone and in a batch', async () => {
      const batch = noise(engine, 4, 5);
      const together = await engine.predict(batch);
      for (const i of [0, 1, 2, 3]) {
        const alone = await engine.predict({ pixels: batch.pixels.subarray(i * each(), (i + 1) * each()), count: 1 });
        const row = rowOf(together.probabilities, i);
        for (const [c, score] of rowOf(alone.probabilities, 0).entries()) expect(score).toBeCloseTo(row[c]!, 4);
      }
    });

    it('reads only the images counted of a larger buffer, and leaves the pixels as they are', async () => {
      const batch = noise(engine, 3, 9);
      const copy = batch.pixels.slice();
      const one = await engine.predict({ pixels: batch.pixels, count: 1 });
      expect(one.probabilities).toHaveLength(engine.contract.output.classes);
      expect(Buffer.compare(batch.pixels, copy)).toBe(0);
    });

    it('keeps its results after the next call', async () => {
      const first = await engine.predict(noise(engine, 1, 1));
      const before = first.probabilities.slice();
      await engine.predict(noise(engine, 1, 2));
      expect(first.probabilities).toEqual(before);
    });

    it('takes an empty batch, and refuses one with too few pixels', async () => {
      expect((await engine.predict({ pixels: new Uint8Array(0), count: 0 })).probabilities).toHaveLength(0);
      await expect(engine.predict({ pixels: new Uint8Array(5), count: 1 })).rejects.toThrow('5 bytes of pixels');
    });
  });
}
