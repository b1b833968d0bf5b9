import type { Row } from '../ops/row.js';
import { shortestFloat } from './float-text.js';
import { jsonCell, openLineWriter } from './jsonl-writer.js';
import { baseColumns, type Column } from './row-schema.js';
import type { FormatWriter } from './row-writer.js';

/** Spreadsheets take a cell that begins so for a formula (OWASP, "CSV injection"); an apostrophe makes it text. */
const formula = /^[=+\-@\t\r\n]/;

const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Numbers can't be formulas: a negative one stays a number. */
const cell = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return quoted(formula.test(text) ? `'${text}` : text);
};

const isTopK = ({ name }: Column) => name === 'pred_id' || name === 'label' || name === 'score';

const topK = ({ pred_id, label, score }: Row) =>
  score === null ? null : score.map((each, place) => [pred_id?.[place], label?.[place], shortestFloat(each)]);

/** Names of the CSV's columns, in order: those of the row, and `top` behind `score`. */
export const csvColumnNames = (columns: readonly Column[] = baseColumns): readonly string[] =>
  columns.flatMap(({ name }) => (name === 'score' ? [name, 'top'] : [name]));

export const csvHeader = (columns: readonly Column[] = baseColumns): string => `${csvColumnNames(columns).join(',')}\n`;

/** One row with its newline (LF, as Unix tools want it; quoting as RFC 4180). */
export const csvLine = (row: Row, columns: readonly Column[] = baseColumns): string => {
  const cells = columns.flatMap((column) => {
    const value = jsonCell(row, column);
    if (!isTopK(column)) return [cell(value)];
    const best = cell((value as readonly unknown[] | null)?.[0]);
    return column.name === 'score' ? [best, cell(topK(row))] : [best];
  });
  return `${cells.join(',')}\n`;
};

export const openCsvWriter = (path: string, columns: readonly Column[]): Promise<FormatWriter> =>
  openLineWriter(path, (row) => csvLine(row, columns), csvHeader(columns));
