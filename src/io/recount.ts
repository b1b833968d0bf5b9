/** What a committed part holds, told from its bytes alone. */
import { createHash } from 'node:crypto';
import type { Row } from '../ops/row.js';
import type { OutputFormat } from './job-spec.js';
import { damaged } from './json-file.js';
import { partName } from './layout.js';
import type { OutputView } from './output-store-fs.js';
import { footerValues, parquetRecords, readFooter } from './parquet-reader.js';
import { openPartFile, type PartFile, pieces } from './part-file.js';
import { csvRecords, jsonRecords } from './part-records.js';
import type { Part } from './plan.js';
import { createTally, type RowCounts, rowsOf, type Tally } from './tally.js';

/** A committed part, as the manifest needs it. */
export interface PartSummary extends Part {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly attempt: string;
  readonly counts: RowCounts;
}

const countedColumns = ['index', 'status', 'reason', 'attempt'] as const;

export const hashPart = async (file: PartFile): Promise<string> => {
  const hash = createHash('sha256');
  for await (const piece of pieces(file)) hash.update(piece);
  return hash.digest('hex');
};

async function* countedRecords(file: PartFile, format: OutputFormat): AsyncGenerator<Record<string, unknown>> {
  if (format === 'parquet') yield* parquetRecords(file, await readFooter(file), countedColumns);
  else if (format === 'jsonl') yield* jsonRecords(file);
  else for await (const record of csvRecords(file)) yield { ...record, reason: record.reason || null };
}

const countFile = async (file: PartFile, format: OutputFormat, tally: Tally): Promise<string> => {
  let attempt = '';
  for await (const record of countedRecords(file, format)) {
    if (attempt === '') attempt = String(record.attempt);
    tally.count({
      index: Number(record.index),
      status: String(record.status) as Row['status'],
      reason: (record.reason ?? null) as string | null,
    });
  }
  return attempt;
};

/** Which attempt wrote the part, null where the file doesn't say. */
export const attemptOf = async (file: PartFile, format: OutputFormat): Promise<string | null> => {
  if (format === 'parquet') return footerValues(await readFooter(file)).attempt ?? null;
  for await (const record of countedRecords(file, format)) return String(record.attempt);
  return null;
};

/**
 * Reads and checks a committed part. Throws ImgdError data_loss, naming it, where it is missing, unreadable or doesn't
 * hold exactly the rows of its range. Memory: one row group, or a megabyte of text.
 */
export const summarisePart = async (store: OutputView, part: Part, format: OutputFormat): Promise<PartSummary> => {
  const name = partName(part.number, format);
  const file = await openPartFile(store, name);
  if (file === undefined) throw damaged(`${store.location}/${name}`, 'it is missing');
  try {
    const tally = createTally(file.where, part);
    const attempt = await countFile(file, format, tally);
    const counts = tally.finish();
    const { number, first, count } = part;
    return {
      number,
      first,
      count,
      rows: rowsOf(counts),
      bytes: file.byteLength,
      sha256: await hashPart(file),
      attempt,
      counts,
    };
  } finally {
    await file.close();
  }
};

/** Counts of a part whose range nobody gave: its rows must only follow on each other. */
export const countPart = async (store: OutputView, number: number, format: OutputFormat): Promise<RowCounts> => {
  const name = partName(number, format);
  const file = await openPartFile(store, name);
  if (file === undefined) throw damaged(`${store.location}/${name}`, 'it is missing');
  try {
    const tally = createTally(file.where);
    await countFile(file, format, tally);
    return tally.finish();
  } finally {
    await file.close();
  }
};
