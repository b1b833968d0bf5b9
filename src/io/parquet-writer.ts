import type { ColumnChunk } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Row } from '../ops/row.js';
import { openFileSink } from './file-sink.js';
import { type DenseList, writeListChunk } from './list-chunk.js';
import { type Column, parquetSchema } from './row-schema.js';
import type { FormatWriter, PartMetadata } from './row-writer.js';

/** A row group is closed at whichever comes first; it is what a reader has to hold, and this writer. */
const groupBytes = 32 * 2 ** 20;
const groupRows = 10_000;
/** Numbers, keys and short strings of a row, roughly. */
const rowOverhead = 512;
const smallBuffer = 2 ** 16;

/** Lists too long for the general encoder; `score` is one too but holds a handful. */
const isDense = ({ name, type }: Column) => type === 'list<int32>' || (type === 'list<float>' && name !== 'score');

const payload = (row: Row): number =>
  rowOverhead +
  (row.data?.byteLength ?? 0) +
  (row.data_as_array?.byteLength ?? 0) +
  (row.data_as_resized_array?.byteLength ?? 0) +
  (row.predictions?.byteLength ?? 0) +
  (row.embedding?.byteLength ?? 0) +
  (row.message?.length ?? 0) +
  (row.provenance?.length ?? 0);

const denseCell = (row: Row, { name }: Column): DenseList => (row[name] ?? null) as DenseList;

const plainCell = (row: Row, { name, type }: Column): unknown => {
  const value = row[name] ?? null;
  return value !== null && type === 'int64' ? BigInt(value as number) : value;
};

/** One Parquet file: Snappy, except for pixels and long lists of floats, which wouldn't shrink. */
export const openParquetWriter = async (
  path: string,
  columns: readonly Column[],
  metadata: PartMetadata,
): Promise<FormatWriter> => {
  const sink = await openFileSink(path);
  const buffer = new ByteWriter(smallBuffer);
  const parquet = new ParquetWriter({
    writer: buffer,
    schema: parquetSchema(columns),
    codec: 'SNAPPY',
    createdBy: 'imgd',
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value: String(value) })),
  });
  let waiting: Row[] = [];
  let waitingBytes = 0;

  const drain = async () => {
    await sink.write(buffer.getBytes());
    // offsets in the file go on; only the buffer begins anew, and small again after a large group
    buffer.index = 0;
    if (buffer.buffer.byteLength > 2 * groupBytes) {
      buffer.buffer = new ArrayBuffer(smallBuffer);
      buffer.view = new DataView(buffer.buffer);
    }
  };

  const writeGroup = async () => {
    const rows = waiting;
    waiting = [];
    waitingBytes = 0;
    if (rows.length === 0) return;
    const plain = columns.filter((column) => !isDense(column));
    await parquet.write({
      columnData: plain.map((column) => ({
        name: column.name,
        data: rows.map((row) => plainCell(row, column)),
        ...(column.type === 'binary' && {
          encoding: 'PLAIN' as const,
          codec: 'UNCOMPRESSED' as const,
          statistics: false,
        }),
      })),
      rowGroupSize: rows.length,
    });
    const group = parquet.row_groups.at(-1)!;
    const chunks = new Map<string, ColumnChunk>(plain.map(({ name }, place) => [name, group.columns[place]!]));
    for (const column of columns.filter(isDense)) {
      const lists = rows.map((row) => denseCell(row, column));
      const type = column.type === 'list<int32>' ? 'INT32' : 'FLOAT';
      const chunk = writeListChunk(buffer, column.name, type, lists);
      chunks.set(column.name, chunk);
      group.total_byte_size += chunk.meta_data!.total_uncompressed_size;
      group.total_compressed_size = (group.total_compressed_size ?? 0n) + chunk.meta_data!.total_compressed_size;
    }
    // the footer names chunks in the schema's order, wherever they lie
    group.columns = columns.map(({ name }) => chunks.get(name)!);
    await drain();
  };

  return {
    async write(rows) {
      for (const row of rows) {
        waiting.push(row);
        waitingBytes += payload(row);
        if (waiting.length >= groupRows || waitingBytes >= groupBytes) await writeGroup();
      }
    },
    async finish() {
      await writeGroup();
      await parquet.finish();
      await drain();
      return sink.finish();
    },
    abort: () => sink.abort(),
  };
};
