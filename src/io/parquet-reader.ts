import { type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { ExtraColumn } from '../ops/row.js';
import { damaged } from './json-file.js';
import type { PartFile } from './part-file.js';
import { type Column, outputColumns } from './row-schema.js';

/** The footer. Throws ImgdError data_loss: a committed part always has one. */
export const readFooter = (file: PartFile): Promise<FileMetaData> =>
  parquetMetadataAsync(file).catch((error: unknown) => {
    throw damaged(file.where, error instanceof Error ? error.message : 'no footer');
  });

/** What the writer said of the part: job, part, attempt, first, count, model. */
export const footerValues = (footer: FileMetaData): Readonly<Record<string, string>> =>
  Object.fromEntries((footer.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? '']));

/** The columns that the file has, in file order. */
export const footerColumns = (footer: FileMetaData): readonly Column[] => {
  const names = new Set(footer.schema.map(({ name }) => name));
  const listArrays = footer.schema.some(
    ({ name, converted_type }) =>
      converted_type === 'LIST' && (name === 'data_as_array' || name === 'data_as_resized_array'),
  );
  return outputColumns([...names] as ExtraColumn[], listArrays).filter(({ name }) => names.has(name));
};

/** Records of some columns, a row group at a time, rows from … to (exclusive) of the file. */
export async function* parquetRecords(
  file: PartFile,
  footer: FileMetaData,
  columns: readonly string[],
  from = 0,
  to = Number(footer.num_rows),
): AsyncGenerator<Record<string, unknown>> {
  let start = 0;
  for (const group of footer.row_groups) {
    const end = start + Number(group.num_rows);
    const [rowStart, rowEnd] = [Math.max(from, start), Math.min(to, end)];
    start = end;
    if (rowStart >= rowEnd) continue;
    // utf8 false: BINARY stays bytes; strings are marked as such in the schema
    const options = { file, metadata: footer, columns: [...columns], rowStart, rowEnd, utf8: false };
    yield* await parquetReadObjects(options).catch((error: unknown) => {
      throw damaged(file.where, error instanceof Error ? error.message : 'not readable');
    });
  }
}
