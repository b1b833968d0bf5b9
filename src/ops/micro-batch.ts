import type { Engine } from './engine.js';

/** One image's outcome of a batch. The arrays are views into the batch's result: copy what must outlive the row. */
export interface SlotScores {
  readonly probabilities: Float32Array;
  readonly embedding: Float32Array | null;
  /** Wall time of the batch divided by its images. */
  readonly predictMs: number;
}

/** One place in the next batch: fill `pixels`, then call `predict` once. */
export interface Slot {
  /** height × width × 3, uint8 RGB. */
  readonly pixels: Uint8Array;
  predict(): Promise<SlotScores>;
}

/** Hides batching from the pipeline, whose stages see one image at a time. */
export interface MicroBatcher {
  slot(): Slot;
  /** Images that wait for their batch. When everybody in flight waits, nobody will fill it: call `flush`. */
  readonly waiting: number;
  flush(): void;
}

interface Waiter {
  resolve(scores: SlotScores): void;
  reject(error: unknown): void;
}

interface Batch {
  readonly pixels: Uint8Array;
  /** Places handed out, and those of them whose `predict` was called. */
  slots: number;
  filled: number;
  readonly waiters: Waiter[];
}

/**
 * Batches of at most `size` images. A batch runs when its last slot is filled or on `flush`; batches run one after
 * another. The run is put off to the next turn of the event loop, so that decoders can be started before the engine
 * blocks the thread. `onWait` is called after each image that begins to wait.
 */
export function createMicroBatcher(engine: Engine, size: number, onWait: () => void): MicroBatcher {
  const { height, width } = engine.contract.input;
  const imageBytes = height * width * 3;
  const buffers: Uint8Array[] = [];
  const fresh = (): Batch => ({
    pixels: buffers.pop() ?? new Uint8Array(size * imageBytes),
    slots: 0,
    filled: 0,
    waiters: [],
  });

  let filling = fresh();
  let running: Promise<void> = Promise.resolve();
  let waiting = 0;

  const start = (batch: Batch) => {
    if (batch === filling) filling = fresh();
    running = running.then(() => new Promise<void>((resolve) => setImmediate(() => resolve(run(batch)))));
  };

  const run = async (batch: Batch): Promise<void> => {
    const count = batch.filled;
    const begin = performance.now();
    try {
      const scores = await engine.predict({ pixels: batch.pixels.subarray(0, count * imageBytes), count });
      const predictMs = (performance.now() - begin) / count;
      const classes = scores.probabilities.length / count;
      const features = scores.embedding === null ? 0 : scores.embedding.length / count;
      batch.waiters.forEach((waiter, i) => {
        waiter.resolve({
          probabilities: scores.probabilities.subarray(i * classes, (i + 1) * classes),
          embedding: scores.embedding?.subarray(i * features, (i + 1) * features) ?? null,
          predictMs,
        });
      });
    } catch (error) {
      for (const waiter of batch.waiters) waiter.reject(error);
    } finally {
      waiting -= count;
      buffers.push(batch.pixels);
    }
  };

  return {
    slot() {
      if (filling.slots === size) filling = fresh();
      const batch = filling;
      const at = batch.slots++;
      return {
        pixels: batch.pixels.subarray(at * imageBytes, (at + 1) * imageBytes),
        predict: () =>
          new Promise((resolve, reject) => {
            batch.waiters[at] = { resolve, reject };
            waiting++;
            batch.filled++;
            if (batch.filled === size) start(batch);
            else onWait();
          }),
      };
    },
    get waiting() {
      return waiting;
    },
    flush() {
      if (filling.slots > 0 && filling.filled === filling.slots) start(filling);
    },
  };
}
