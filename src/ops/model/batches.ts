import { ImgdError } from '../../base/errors.js';
import type { PixelBatch, Scores } from '../engine.js';
import type { ModelContract } from './contract.js';
import { preprocessor, type Values } from './preprocess.js';
import { softmax } from './softmax.js';

/** What the network itself gives for `count` prepared images. */
interface RawScores {
  readonly output: Float32Array;
  readonly embedding: Float32Array | null;
}

/** Runs the network on exactly `count` images' values. */
export type RunNetwork = (values: Values, count: number) => Promise<RawScores>;

/**
 * The part of `predict` that every engine shares: pixels to input values, batches of the size that the network takes (a
 * short rest is filled up with zeros), the output's size checked, logits to probabilities.
 * `fixed` is the network's only batch size, null for any.
 */
export function batchPredictor(
  contract: ModelContract,
  fixed: number | null,
  run: RunNetwork,
): (batch: PixelBatch) => Promise<Scores> {
  const prepare = preprocessor(contract.input);
  const pixelsEach = contract.input.height * contract.input.width * 3;
  const { classes, kind } = contract.output;

  const sized = (found: Float32Array, count: number, each: number, what: string): Float32Array => {
    if (found.length === count * each) return found;
    throw new ImgdError(
      'invalid_model',
      `${contract.name}: ${what} holds ${found.length} values for ${count} images, model.json says ${each} for each`,
    );
  };

  const chunk = async (pixels: Uint8Array, count: number): Promise<RawScores> => {
    const size = fixed ?? count;
    const values = prepare(pixels, count);
    const padded = size === count ? values : fill(values, size * pixelsEach);
    const raw = await run(padded, size);
    const output = sized(raw.output, size, classes, 'the output');
    const embedding = raw.embedding && sized(raw.embedding, size, contract.embedding!.size, 'the embedding');
    const own = (all: Float32Array) => all.slice(0, (all.length / size) * count);
    return { output: own(output), embedding: embedding && own(embedding) };
  };

  return async ({ pixels, count }) => {
    if (pixels.length < count * pixelsEach)
      throw new ImgdError('internal', `${pixels.length} bytes of pixels are not ${count} images of ${pixelsEach}`);
    const step = fixed ?? Math.max(count, 1);
    const parts: RawScores[] = [];
    for (let from = 0; from < count; from += step) {
      const n = Math.min(step, count - from);
      parts.push(await chunk(pixels.subarray(from * pixelsEach, (from + n) * pixelsEach), n));
    }
    const probabilities = concat(parts.map((part) => part.output));
    const embeddings = parts.flatMap((part) => (part.embedding === null ? [] : [part.embedding]));
    return {
      probabilities: kind === 'logits' ? softmax(probabilities, classes) : probabilities,
      embedding: embeddings.length === 0 ? null : concat(embeddings),
    };
  };
}

function fill<T extends Values>(values: T, length: number): T {
  const out = (values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length)) as T;
  out.set(values);
  return out;
}

function concat(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
