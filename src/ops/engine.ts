/** What runs a model. Implementations: onnx, tfjs, and fakes in tests. All pass test/ops/engine-suite. */
import type { ModelContract } from './model/contract.js';

/** uint8 RGB pixels of `count` images, NHWC, contract.input.height × contract.input.width × 3, one after another. */
export interface PixelBatch {
  readonly pixels: Uint8Array;
  readonly count: number;
}

export interface Scores {
  /** count × classes probabilities, row-major (logits have gone through softmax). May hold NaN: the caller checks. */
  readonly probabilities: Float32Array;
  /** count × n, where the model has an embedding output and it was asked for. */
  readonly embedding: Float32Array | null;
}

export interface Engine {
  readonly contract: ModelContract;
  /** What really runs, for people and rows: `onnxruntime-node 1.30.0`, `tfjs-wasm 4.22.0`. */
  readonly name: string;
  /** Blocks its thread for the whole run: call it in an executor, never in a daemon. One call at a time. */
  predict(batch: PixelBatch): Promise<Scores>;
  close(): Promise<void>;
}
