import { createHash } from 'node:crypto';
import { failedRow, type RowContent, rowWithout } from './failed-row.js';
import { filterRecord } from './filter/fields.js';
import { probe } from './probe.js';
import { type Failure, type FailureCode, isFailure, type Locality } from './row.js';
import { convert } from './stages/convert.js';
import { filter } from './stages/filter.js';
import { predict } from './stages/predict.js';
import { resize } from './stages/resize.js';
import { type Columns, type Frame, isRejection, type Stage, type StageName, type Tools } from './stages/stage.js';

export const stages = [filter, convert, resize, predict] as const satisfies readonly Stage[];

/** What a stage's unexpected error is called on the row. */
const errorCode: Record<StageName, FailureCode> = {
  filter: 'decode_error',
  convert: 'decode_error',
  resize: 'decode_error',
  predict: 'predict_error',
};

export interface PipelineInput {
  readonly index: number;
  readonly origin: string;
  readonly locality: Locality;
}

/** One image in, one row out: whatever the image is, this resolves. Rejects only when `signal` is aborted. */
export async function runPipeline(
  input: PipelineInput,
  bytes: Buffer | Failure,
  tools: Tools,
  refuse: (sha256: string) => Failure | null,
  signal: AbortSignal,
): Promise<RowContent> {
  if (isFailure(bytes)) return failedRow(input, bytes, {});
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const read: Columns = { bytes: bytes.length, sha256, locality: input.locality };
  const refused = refuse(sha256);
  if (refused !== null) return failedRow(input, refused, read);
  const header = await tools.noted({ bytes, sha256, megapixels: 0 }, () => probe(bytes, tools.options));
  if (isFailure(header)) return failedRow(input, header, read);

  const record = filterRecord(header, input.origin, tools.options);
  const { format, height, width, nChannels, mode } = record;
  const columns: Columns = { ...read, format, height, width, nChannels, mode };

  let frame: Frame = {
    origin: input.origin,
    bytes,
    sha256,
    header,
    record,
    raster: null,
    precision: 'quick',
    slot: null,
    release,
    columns,
  };
  for (const stage of stages) {
    const begin = performance.now();
    try {
      const next = await stage.run(frame, tools, signal);
      if (isRejection(next)) {
        frame.release();
        if (next.kind === 'filtered')
          return { ...rowWithout, ...input, ...frame.columns, status: 'filtered', reason: next.clause };
        return failedRow(input, next.failure, frame.columns);
      }
      frame = timed(next, stage.name, performance.now() - begin);
    } catch (error) {
      frame.release();
      signal.throwIfAborted();
      const message = `${stage.name} failed: ${error instanceof Error ? error.message : String(error)}`;
      return failedRow(input, { code: errorCode[stage.name], message }, frame.columns);
    }
  }
  return { ...rowWithout, ...input, ...frame.columns, status: 'predicted' };
}

function release(): void {}

function timed(frame: Frame, stage: StageName, ms: number): Frame {
  if (stage === 'convert') return { ...frame, columns: { ...frame.columns, decode_ms: ms } };
  if (stage === 'resize') return { ...frame, columns: { ...frame.columns, resize_ms: ms } };
  return frame;
}
