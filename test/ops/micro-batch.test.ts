import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Engine, PixelBatch } from '../../src/ops/engine.js';
import { createMicroBatcher, type MicroBatcher } from '../../src/ops/micro-batch.js';
import type { ModelContract } from '../../src/ops/model/contract.js';

const imageBytes = 2 * 2 * 3;
const contract = { input: { height: 2, width: 2 } } as unknown as ModelContract;

interface Recording {
  /** First byte of each image, batch by batch. */
  readonly batches: number[][];
  readonly engine: Engine;
}

/** Answers each image with two scores: its first byte and its second. `fails` names batches, from 0, that throw. */
function recorder(fails: readonly number[] = [], embedding = false): Recording {
  const batches: number[][] = [];
  let busy = false;
  const predict = async ({ pixels, count }: PixelBatch) => {
    expect(busy).toBe(false);
    busy = true;
    expect(pixels.length).toBe(count * imageBytes);
    const images = Array.from({ length: count }, (_, i) => pixels.slice(i * imageBytes, (i + 1) * imageBytes));
    const number = batches.push(images.map((image) => image[0]!)) - 1;
    await new Promise((resolve) => setImmediate(resolve));
    busy = false;
    if (fails.includes(number)) throw new Error(`batch ${number} broke`);
    const probabilities = Float32Array.from(images.flatMap((image) => [image[0]!, image[1]!]));
    return { probabilities, embedding: embedding ? probabilities.map((value) => -value) : null };
  };
  return { batches, engine: { contract, name: 'fake', predict, close: async () => {} } };
}

function send(batcher: MicroBatcher, value: number) {
  const slot = batcher.slot();
  slot.pixels.fill(value);
  return slot.predict();
}

const firstScores = async (promises: readonly Promise<{ probabilities: Float32Array }>[]) =>
  (await Promise.all(promises)).map(({ probabilities }) => probabilities[0]);

describe('micro-batcher', () => {
  it('full batches run in order, each image gets its own scores', async () => {
    const { batches, engine } = recorder();
    const batcher = createMicroBatcher(engine, 3, () => {});
    expect(await firstScores([1, 2, 3, 4, 5, 6].map((value) => send(batcher, value)))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(batches).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(batcher.waiting).toBe(0);
  });

  it('everybody waits and the batch is not full: flush runs what there is', async () => {
    const { batches, engine } = recorder();
    const inFlight = 2;
    const batcher: MicroBatcher = createMicroBatcher(engine, 4, () => {
      if (batcher.waiting === inFlight) batcher.flush();
    });
    expect(await firstScores([send(batcher, 8), send(batcher, 9)])).toEqual([8, 9]);
    expect(batches).toEqual([[8, 9]]);
  });

  it('flushed while a slot is still being filled: waits for it', async () => {
    const { batches, engine } = recorder();
    const batcher = createMicroBatcher(engine, 4, () => {});
    const late = batcher.slot();
    const early = send(batcher, 2);
    batcher.flush();
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toEqual([]);
    late.pixels.fill(1);
    const waiting = late.predict();
    batcher.flush();
    expect(await firstScores([waiting, early])).toEqual([1, 2]);
    expect(batches).toEqual([[1, 2]]);
  });

  it('slots filled in another order than they were handed out: scores stay with their images', async () => {
    const { engine } = recorder();
    const batcher = createMicroBatcher(engine, 3, () => {});
    const slots = [batcher.slot(), batcher.slot(), batcher.slot()];
    slots.forEach((slot, i) => {
      slot.pixels.fill(10 + i);
    });
    const scores = new Array<Promise<{ probabilities: Float32Array }>>(3);
    for (const i of [2, 0, 1]) scores[i] = slots[i]!.predict();
    expect(await firstScores(scores)).toEqual([10, 11, 12]);
  });

  it('the engine breaks: its batch is rejected, the ones before and after are not', async () => {
    const { engine } = recorder([1]);
    const batcher = createMicroBatcher(engine, 2, () => {});
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((value) => send(batcher, value)));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(outcomes[2]).toMatchObject({ reason: { message: 'batch 1 broke' } });
    expect(batcher.waiting).toBe(0);
  });

  it('with an embedding: each image gets its own', async () => {
    const { engine } = recorder([], true);
    const batcher = createMicroBatcher(engine, 2, () => {});
    const [one, two] = await Promise.all([send(batcher, 3), send(batcher, 4)]);
    expect([one!.embedding![0], two!.embedding![0]]).toEqual([-3, -4]);
    expect(one!.predictMs).toBeGreaterThanOrEqual(0);
  });

  it('any number of images at any speed: one answer each, no batch larger than its size', async () => {
    const delays = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(delays, fc.integer({ min: 1, max: 6 }), async (turns, size) => {
        const { batches, engine } = recorder();
        let inFlight = turns.length;
        const settle = () => {
          if (inFlight > 0 && batcher.waiting === inFlight) batcher.flush();
        };
        const batcher: MicroBatcher = createMicroBatcher(engine, size, settle);
        const scores = turns.map(async (wait, value) => {
          for (let turn = 0; turn < wait; turn++) await new Promise((resolve) => setImmediate(resolve));
          const { probabilities } = await send(batcher, value);
          inFlight--;
          settle();
          return probabilities[0];
        });
        expect(await Promise.all(scores)).toEqual(turns.map((_, value) => value));
        expect(batches.every((batch) => batch.length <= size)).toBe(true);
        expect(batches.flat().sort((a, b) => a - b)).toEqual(turns.map((_, value) => value));
      }),
      { seed: 11, numRuns: 100 },
    );
  });
});
