/** Rows of inputs without a prediction. Apart from the pipeline, so that who makes such a row loads no decoder. */
import type { Failure, Row } from './row.js';

/** A row but for what only the node knows. */
export type RowContent = Omit<Row, 'node' | 'attempt'>;

/** Every column that may be null, null. */
export const rowWithout = {
  height: null,
  width: null,
  mode: null,
  nChannels: null,
  format: null,
  bytes: null,
  sha256: null,
  reason: null,
  message: null,
  pred_id: null,
  label: null,
  score: null,
  locality: null,
  decode_path: null,
  decode_ms: null,
  resize_ms: null,
  predict_ms: null,
} as const;

/** The row of an input that has no prediction, with what was known before it failed. */
export function failedRow(
  input: Pick<Row, 'index' | 'origin'>,
  failure: Failure,
  known: Partial<RowContent> = {},
): RowContent {
  const { index, origin } = input;
  return { ...rowWithout, ...known, index, origin, status: 'failed', reason: failure.code, message: failure.message };
}
