/** Rows for the tests of the output side, made from a seed. */
import fc from 'fast-check';
import type { JobSpec, OutputFormat } from '../../src/io/job-spec.js';
import type { PartMetadata } from '../../src/io/row-writer.js';
import { defaultPipeline } from '../../src/ops/options.js';
import type { Row } from '../../src/ops/row.js';

export const plainRow = (index: number, changes: Partial<Row> = {}): Row => ({
  index,
  origin: `file:///photos/${index}.jpg`,
  height: 480,
  width: 640,
  mode: 16,
  nChannels: 3,
  format: 'jpeg',
  bytes: 34_567,
  sha256: 'ab'.repeat(32),
  status: 'predicted',
  reason: null,
  message: null,
  pred_id: ['n02084071', 'n02121808'],
  label: ['dog', 'cat'],
  score: [Math.fround(0.75), Math.fround(0.125)],
  locality: 'local',
  node: 'one',
  attempt: 'attempt-1',
  decode_path: 'sharp',
  decode_ms: 1.5,
  resize_ms: 0.25,
  predict_ms: 4,
  ...changes,
});

export const failedRow = (index: number, code = 'truncated'): Row =>
  plainRow(index, {
    height: null,
    width: null,
    mode: null,
    nChannels: null,
    format: null,
    sha256: null,
    status: 'failed',
    reason: code,
    message: 'The file ends in the middle of the picture.',
    pred_id: null,
    label: null,
    score: null,
    locality: null,
    decode_path: null,
    decode_ms: null,
    resize_ms: null,
    predict_ms: null,
  });

export const filteredRow = (index: number): Row =>
  plainRow(index, { status: 'filtered', reason: 'height < 1000', pred_id: null, label: null, score: null });

export const metadata = (first: number, count: number, changes: Partial<PartMetadata> = {}): PartMetadata => ({
  job: 'job-1',
  part: 1,
  attempt: 'attempt-1',
  first,
  count,
  model: 'cd'.repeat(32),
  ...changes,
});

export const spec = (format: OutputFormat = 'parquet', changes: Partial<JobSpec> = {}): JobSpec => ({
  inputs: [{ kind: 'folder', path: '/photos', allFiles: false }],
  sample: null,
  except: null,
  failedOf: null,
  pipeline: defaultPipeline,
  model: { name: 'efficientnet-lite0', precision: 'int8', engine: 'onnx', sha256: 'cd'.repeat(32) },
  format,
  listArrays: false,
  annotate: false,
  ...changes,
});

const text = fc.string({ unit: 'binary', maxLength: 30 });
const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 3 });
const int32 = fc.integer();
const bytes = orNull(fc.uint8Array({ maxLength: 40 }));
const floats = orNull(fc.float32Array({ maxLength: 20, noNaN: true, noDefaultInfinity: true }));

/** Any row that the schema can hold, the columns on request included. */
export const anyRow: fc.Arbitrary<Row> = fc.record<Row>({
  index: fc.constant(0),
  origin: text,
  height: orNull(int32),
  width: orNull(int32),
  mode: orNull(int32),
  nChannels: orNull(int32),
  format: orNull(text),
  bytes: orNull(fc.maxSafeNat()),
  sha256: orNull(text),
  status: fc.constantFrom('predicted', 'filtered', 'failed'),
  reason: orNull(text),
  message: orNull(text),
  pred_id: orNull(fc.array(text, { maxLength: 6 })),
  label: orNull(fc.array(text, { maxLength: 6 })),
  score: orNull(fc.array(float, { maxLength: 6 })),
  locality: orNull(fc.constantFrom('local', 'cache', 'peer', 'origin')),
  node: text,
  attempt: text,
  decode_path: orNull(text),
  decode_ms: orNull(float),
  resize_ms: orNull(float),
  predict_ms: orNull(float),
  data: bytes,
  data_as_array: bytes,
  data_as_resized_array: bytes,
  predictions: floats,
  embedding: floats,
  provenance: orNull(text),
});

export const numbered = (rows: readonly Row[], first: number): Row[] =>
  rows.map((row, place) => ({ ...row, index: first + place }));
