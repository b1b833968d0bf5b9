import type { ExtraColumn, Row } from '../ops/row.js';
import { openCsvWriter } from './csv-writer.js';
import type { OutputFormat } from './job-spec.js';
import { openJsonlWriter } from './jsonl-writer.js';
import { openParquetWriter } from './parquet-writer.js';
import { type Column, outputColumns } from './row-schema.js';
import { createTally, type RowCounts } from './tally.js';

/** Whose rows a file holds; stands in the footer of a Parquet file. */
export interface PartMetadata {
  readonly job: string;
  readonly part: number;
  readonly attempt: string;
  /** Index of the first row, and how many follow: others are refused. */
  readonly first: number;
  readonly count: number;
  /** SHA-256 of the model. */
  readonly model: string;
}

export interface WrittenRows {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly counts: RowCounts;
}

/** Writes one part to a temporary file. Not for concurrent calls. */
export interface RowWriter {
  /**
   * Rows in index order, the next one after the last written: anything else is ImgdError data_loss. Keeps no row once
   * it resolves except those of the row group that is being filled (32 MB or 10,000 rows at most).
   */
  write(rows: readonly Row[]): Promise<void>;
  /** Throws ImgdError data_loss where rows are missing, resource_exhausted where the disk is full. */
  finish(): Promise<WrittenRows>;
  /** Deletes the file. */
  abort(): Promise<void>;
}

export interface RowWriterOptions {
  readonly columns: readonly ExtraColumn[];
  readonly listArrays: boolean;
  readonly metadata: PartMetadata;
}

/** What a format has to do; counting and the order of rows are the same for all. */
export interface FormatWriter {
  write(rows: readonly Row[]): Promise<void>;
  finish(): Promise<{ readonly bytes: number; readonly sha256: string }>;
  abort(): Promise<void>;
}

const open = (format: OutputFormat, path: string, columns: readonly Column[], metadata: PartMetadata) => {
  switch (format) {
    case 'parquet':
      return openParquetWriter(path, columns, metadata);
    case 'jsonl':
      return openJsonlWriter(path, columns);
    case 'csv':
      return openCsvWriter(path, columns);
  }
};

/** `path` must not exist yet; its folder must. */
export async function createRowWriter(
  format: OutputFormat,
  path: string,
  { columns, listArrays, metadata }: RowWriterOptions,
): Promise<RowWriter> {
  const writer = await open(format, path, outputColumns(columns, listArrays), metadata);
  const tally = createTally(`part ${metadata.part}`, metadata);
  return {
    async write(rows) {
      for (const row of rows) tally.count(row);
      await writer.write(rows);
    },
    async finish() {
      const counts = tally.finish();
      const written = await writer.finish();
      return { rows: metadata.count, ...written, counts };
    },
    abort: () => writer.abort(),
  };
}
