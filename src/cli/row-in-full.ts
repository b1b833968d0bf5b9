import { type Column, outputColumns } from '../io/row-schema.js';
import { countText } from '../node/quantities.js';
import type { ExtraColumn, Row } from '../ops/row.js';

const shownNumbers = 5;

/** A row as lines, one for each column of its output; pixels and long lists are told by their length. */
export function rowInFull(row: Row, requested: readonly ExtraColumn[]): string {
  const columns = outputColumns(requested, false);
  const width = Math.max(...columns.map(({ name }) => name.length));
  return columns.map((column) => `${column.name.padEnd(width)}  ${cellText(row, column)}\n`).join('');
}

function cellText(row: Row, { name, type }: Column): string {
  const value = row[name] ?? null;
  if (value === null) return 'null';
  if (typeof value === 'number') return type === 'float' ? floatText(value) : String(value);
  if (typeof value === 'string') return visible(value);
  if (type === 'binary') return `${countText(value.length)} bytes`;
  const items = Array.from(value as ArrayLike<string | number>, (item) =>
    typeof item === 'number' ? floatText(item) : visible(item),
  );
  if (type === 'list<string>' || name === 'score') return items.join(', ');
  return `${countText(items.length)} numbers: ${items.slice(0, shownNumbers).join(', ')}, …`;
}

/** What a 32-bit float has beyond seven digits is noise. */
const floatText = (value: number): string => String(Number(value.toPrecision(7)));

/** A value that came from a file must not act on the terminal. */
const visible = (text: string): string =>
  text.replace(/\p{Cc}|\p{Cs}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
