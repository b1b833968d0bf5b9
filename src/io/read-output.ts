import { ImgdError } from '../base/errors.js';
import type { Row } from '../ops/row.js';
import { committedParts } from './commit.js';
import { readJob } from './job-record.js';
import type { JobRecord, Manifest, OutputFormat } from './job-spec.js';
import { jobName, partName } from './layout.js';
import { type NumberedEnd, readEnd, readManifest } from './manifest.js';
import { type OutputView, viewFsOutput } from './output-store-fs.js';
import { footerColumns, footerValues, parquetRecords, readFooter } from './parquet-reader.js';
import { openPartFile, type PartFile } from './part-file.js';
import { jsonRecords } from './part-records.js';
import { countPart } from './recount.js';
import { type Column, outputColumns } from './row-schema.js';
import { addCounts, noRows, type RowCounts } from './tally.js';

export interface OutputDescription {
  readonly record: JobRecord;
  readonly format: OutputFormat;
  /** Every part is there and counted: `manifest` stands. */
  readonly complete: boolean;
  readonly manifest: Manifest | undefined;
  /** How the last run ended, undefined if it never said so. */
  readonly end: NumberedEnd | undefined;
}

const viewOf = (output: OutputView | string): OutputView =>
  typeof output === 'string' ? viewFsOutput(output) : output;

const jobOf = async (view: OutputView): Promise<JobRecord> => {
  const record = await readJob(view);
  if (record !== undefined) return record;
  throw new ImgdError('not_found', `${view.location} is not an output of imgd: it has no ${jobName}`, {
    hint: 'Give the folder that a run wrote with --out.',
  });
};

/** What an output is. Throws ImgdError not_found for any other folder. */
export const describeOutput = async (output: OutputView | string): Promise<OutputDescription> => {
  const view = viewOf(output);
  const record = await jobOf(view);
  const manifest = await readManifest(view);
  return { record, format: record.spec.format, complete: manifest !== undefined, manifest, end: await readEnd(view) };
};

export interface ReadOptions<K extends keyof Row> {
  /** Only these are read; all that the output has by default. */
  readonly columns?: readonly K[];
  /** Rows with a smaller index are passed over. */
  readonly from?: number;
  readonly limit?: number;
}

/** A cell as `Row` has it. FLOAT is 32 bits wide in every format. */
const fromCell = (value: unknown, { type }: Column): unknown => {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'int32':
    case 'int64':
      return Number(value);
    case 'float':
      return Math.fround(value as number);
    case 'binary':
    case 'list<int32>':
      if (typeof value === 'string') return new Uint8Array(Buffer.from(value, 'base64'));
      return value instanceof Uint8Array ? value : Uint8Array.from(value as number[]);
    default:
      return value;
  }
};

/** `score` is a plain list in a row, the long lists are Float32Array. */
const fromList = (value: unknown, { name, type }: Column): unknown => {
  if (type !== 'list<float>' || value === null || value === undefined)
    return fromCell(value, { name, type, nullable: true });
  const floats = Float32Array.from(value as number[], (each) => each ?? Number.NaN);
  return name === 'score' ? Array.from(floats) : floats;
};

const toRow = <K extends keyof Row>(record: Record<string, unknown>, columns: readonly Column[]): Pick<Row, K> =>
  Object.fromEntries(columns.map((column) => [column.name, fromList(record[column.name], column)])) as Pick<Row, K>;

const chosen = (columns: readonly Column[], wanted: readonly string[] | undefined): readonly Column[] => {
  const missing = wanted?.find((name) => !columns.some((column) => column.name === name));
  if (missing !== undefined) {
    const have = columns.map(({ name }) => name).join(', ');
    throw new ImgdError('usage', `the output has no column ${missing}`, { hint: `It has ${have}.` });
  }
  return wanted === undefined ? columns : columns.filter(({ name }) => wanted.includes(name));
};

/** Records of one part from an index on, with the columns that were asked for. */
async function* partRows<K extends keyof Row>(
  file: PartFile,
  spec: JobRecord['spec'],
  wanted: readonly K[] | undefined,
  from: number,
  limit: number,
): AsyncGenerator<Pick<Row, K>> {
  if (spec.format === 'parquet') {
    const footer = await readFooter(file);
    const columns = chosen(footerColumns(footer), wanted);
    const start = Math.max(0, from - Number(footerValues(footer).first ?? 0));
    const end = Math.min(Number(footer.num_rows), start + limit);
    const names = columns.map(({ name }) => name);
    for await (const record of parquetRecords(file, footer, names, start, end)) yield toRow<K>(record, columns);
    return;
  }
  const columns = chosen(outputColumns(spec.pipeline.columns, spec.listArrays), wanted);
  for await (const record of jsonRecords(file)) if (Number(record.index) >= from) yield toRow<K>(record, columns);
}

/** Parts that may hold rows from an index on. A manifest tells which don't without opening them. */
const partsFrom = async (view: OutputView, format: OutputFormat, from: number): Promise<readonly number[]> => {
  const manifest = from > 0 ? await readManifest(view) : undefined;
  if (manifest === undefined) return [...(await committedParts(view, format))];
  let next = 0;
  return manifest.parts.flatMap(({ number, rows }) => {
    next += rows;
    return next > from ? [number] : [];
  });
};

/**
 * The rows of an output in index order, complete or not; parts that aren't committed are passed over. Streams: one row
 * group in memory. Throws ImgdError not_found (not an output), usage (CSV, unknown column), data_loss.
 */
export async function* readRows<K extends keyof Row = keyof Row>(
  output: OutputView | string,
  options: ReadOptions<K> = {},
): AsyncGenerator<Pick<Row, K>, void, undefined> {
  const view = viewOf(output);
  const { spec } = await jobOf(view);
  if (spec.format === 'csv') {
    throw new ImgdError('usage', `${view.location} is CSV, which is for spreadsheets and not read back`, {
      hint: 'Run it with --format parquet or jsonl.',
    });
  }
  const from = options.from ?? 0;
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  for (const number of await partsFrom(view, spec.format, from)) {
    if (left <= 0) return;
    const file = await openPartFile(view, partName(number, spec.format));
    if (file === undefined) continue; // an overwrite took it away while we read
    try {
      for await (const row of partRows(file, spec, options.columns, from, left)) {
        yield row;
        left -= 1;
        if (left <= 0) return;
      }
    } finally {
      await file.close();
    }
  }
}

/** Counts by status and failure code: from the manifest, or from the parts that stand. */
export const countRows = async (output: OutputView | string): Promise<RowCounts> => {
  const view = viewOf(output);
  const { format, manifest } = await describeOutput(view);
  if (manifest !== undefined) {
    const { predicted, filtered, failed, failures } = manifest;
    return { predicted, filtered, failed, failures };
  }
  let counts = noRows;
  for (const number of await committedParts(view, format))
    counts = addCounts(counts, await countPart(view, number, format));
  return counts;
};
