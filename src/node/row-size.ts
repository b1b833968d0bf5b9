import type { JobSpec } from '../io/job-spec.js';
import type { ModelContract } from '../ops/model/contract.js';

/** A photograph's pixels where a column holds them all: what parts are cut by, not a limit. */
const commonPixels = 500_000;

/** Estimated bytes of a row in the output, uncompressed. */
export function bytesPerRow({ pipeline, listArrays }: JobSpec, { input, output }: ModelContract): number {
  const sample = listArrays ? 4 : 1;
  const sizes: Record<string, number> = {
    data: commonPixels * 3,
    data_as_array: commonPixels * 3 * sample,
    data_as_resized_array: input.height * input.width * 3 * sample,
    predictions: output.classes * 4,
    embedding: 8192,
    provenance: 200,
  };
  return pipeline.columns.reduce((sum, column) => sum + (sizes[column] ?? 0), 600);
}
