import type { Row } from '../ops/row.js';
import { openFileSink } from './file-sink.js';
import { shortestFloat } from './float-text.js';
import { baseColumns, type Column } from './row-schema.js';
import type { FormatWriter } from './row-writer.js';

const bytesOf = (value: Uint8Array) => Buffer.from(value.buffer, value.byteOffset, value.byteLength);

/** A cell as JSON has it: bytes are base64, floats the shortest decimal of the same 32 bits. */
export const jsonCell = (row: Row, { name, type }: Column): unknown => {
  const value: unknown = row[name] ?? null;
  if (value === null) return null;
  switch (type) {
    case 'float':
      return shortestFloat(value as number);
    case 'list<float>':
      return Array.from(value as ArrayLike<number>, shortestFloat);
    case 'list<int32>':
      return Array.from(value as ArrayLike<number>);
    case 'binary':
      return bytesOf(value as Uint8Array).toString('base64');
    default:
      return value;
  }
};

/** One row, one line, with its newline. Every column is there, null where the row has none. */
export const jsonlLine = (row: Row, columns: readonly Column[] = baseColumns): string => {
  const cells: Record<string, unknown> = {};
  for (const column of columns) cells[column.name] = jsonCell(row, column);
  return `${JSON.stringify(cells)}\n`;
};

const chunkChars = 2 ** 20;

/** Writes lines in chunks of about a megabyte. */
export const openLineWriter = async (
  path: string,
  line: (row: Row) => string,
  header: string,
): Promise<FormatWriter> => {
  const sink = await openFileSink(path);
  let waiting = header;
  const flush = async () => {
    const text = waiting;
    waiting = '';
    if (text !== '') await sink.write(Buffer.from(text));
  };
  return {
    async write(rows) {
      for (const row of rows) {
        waiting += line(row);
        if (waiting.length >= chunkChars) await flush();
      }
    },
    async finish() {
      await flush();
      return sink.finish();
    },
    abort: () => sink.abort(),
  };
};

export const openJsonlWriter = (path: string, columns: readonly Column[]): Promise<FormatWriter> =>
  openLineWriter(path, (row) => jsonlLine(row, columns), '');
