/**
 * The columns of a row in every format, in file order. Parquet and JSONL hold exactly these. CSV is for spreadsheets:
 * `pred_id`, `label` and `score` are the best class alone, and `top` follows `score` with the whole top-k as JSON
 * `[[pred_id, label, score], …]`; bytes are base64 and lists JSON.
 */
import type { SchemaElement } from 'hyparquet';
import type { ExtraColumn, Row } from '../ops/row.js';

type ColumnType =
  | 'int32'
  | 'int64'
  | 'float'
  | 'string'
  | 'binary'
  | 'list<string>'
  | 'list<float>'
  /** Bytes as Spark's `array<int>`. */
  | 'list<int32>';

export interface Column {
  readonly name: keyof Row;
  readonly type: ColumnType;
  /** False: every row has a value. */
  readonly nullable: boolean;
}

const always = (name: keyof Row, type: ColumnType): Column => ({ name, type, nullable: false });
const maybe = (name: keyof Row, type: ColumnType): Column => ({ name, type, nullable: true });

export const baseColumns: readonly Column[] = [
  always('index', 'int64'),
  always('origin', 'string'),
  maybe('height', 'int32'),
  maybe('width', 'int32'),
  maybe('mode', 'int32'),
  maybe('nChannels', 'int32'),
  maybe('format', 'string'),
  maybe('bytes', 'int64'),
  maybe('sha256', 'string'),
  always('status', 'string'),
  maybe('reason', 'string'),
  maybe('message', 'string'),
  maybe('pred_id', 'list<string>'),
  maybe('label', 'list<string>'),
  maybe('score', 'list<float>'),
  maybe('locality', 'string'),
  always('node', 'string'),
  always('attempt', 'string'),
  maybe('decode_path', 'string'),
  maybe('decode_ms', 'float'),
  maybe('resize_ms', 'float'),
  maybe('predict_ms', 'float'),
];

/** Columns on request; the arrays are bytes unless `listArrays` (`data` stays bytes always, as Spark's). */
const requestable = (listArrays: boolean): readonly Column[] => [
  maybe('data', 'binary'),
  maybe('data_as_array', listArrays ? 'list<int32>' : 'binary'),
  maybe('data_as_resized_array', listArrays ? 'list<int32>' : 'binary'),
  maybe('predictions', 'list<float>'),
  maybe('embedding', 'list<float>'),
  maybe('provenance', 'string'),
];

/** All columns of an output; the order of `requested` doesn't matter. */
export const outputColumns = (requested: readonly ExtraColumn[], listArrays: boolean): readonly Column[] => [
  ...baseColumns,
  ...requestable(listArrays).filter(({ name }) => (requested as readonly string[]).includes(name)),
];

const element = (type: ColumnType): Omit<SchemaElement, 'name'> => {
  switch (type) {
    case 'int32':
    case 'list<int32>':
      return { type: 'INT32' };
    case 'int64':
      return { type: 'INT64' };
    case 'float':
    case 'list<float>':
      return { type: 'FLOAT' };
    case 'string':
    case 'list<string>':
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8' };
    case 'binary':
      return { type: 'BYTE_ARRAY' };
  }
};

/** Lists in the three levels that Spark, DuckDB and PyArrow write themselves. */
export const parquetSchema = (columns: readonly Column[]): SchemaElement[] => [
  { name: 'row', num_children: columns.length },
  ...columns.flatMap(({ name, type, nullable }): SchemaElement[] => {
    const repetition_type = nullable ? 'OPTIONAL' : 'REQUIRED';
    if (!type.startsWith('list<')) return [{ name, repetition_type, ...element(type) }];
    return [
      { name, repetition_type, num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', ...element(type) },
    ];
  }),
];
