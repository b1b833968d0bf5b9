/** Tables as Spark's `show()` draws them, since that is what its users read. */
import Table from 'cli-table3';
import type { Row } from '../ops/row.js';
import { plainStream, type Style, type StyledStream, styleFor } from './style.js';

export interface Column {
  readonly name: string;
  readonly align?: 'left' | 'right';
  /** Applied to a whole cell after it is cut. */
  readonly paint?: (text: string) => string;
}

export interface TableOptions {
  /** Columns of the terminal: the widest cells are cut with `…` until the table fits. Null: nothing is cut. */
  readonly width: number | null;
  readonly style: Style;
  /** Blanks on each side of a cell; Spark has none. */
  readonly padding?: number;
}

/** What a column shrinks to at most. */
const narrowest = 6;

/** Ends with a newline. Control characters in cells are shown, never sent to the terminal. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: TableOptions,
): string {
  const padding = options.padding ?? 1;
  const cells = rows.map((row) => columns.map((_, k) => visible(row[k] ?? '')));
  const natural = columns.map(({ name }, k) =>
    Math.max(...[name, ...cells.map((row) => row[k] ?? '')].map(displayWidth)),
  );
  const widths =
    options.width === null ? natural : shrink(natural, options.width - columns.length * (2 * padding + 1) - 1);
  const table = new Table({
    head: columns.map((column) => options.style.bold(column.name)),
    colWidths: widths.map((width) => width + 2 * padding),
    colAligns: columns.map((column) => column.align ?? 'left'),
    style: { 'padding-left': padding, 'padding-right': padding, head: [], border: [], compact: true },
    chars: asciiBorders,
  });
  for (const row of cells) {
    table.push(row.map((cell, k) => (columns[k]?.paint ?? unchanged)(cut(cell, widths[k] ?? 0))));
  }
  return `${table.toString()}\n`;
}

const unchanged = (text: string) => text;

const asciiBorders = {
  top: '-',
  'top-mid': '+',
  'top-left': '+',
  'top-right': '+',
  bottom: '-',
  'bottom-mid': '+',
  'bottom-left': '+',
  'bottom-right': '+',
  left: '|',
  'left-mid': '+',
  mid: '-',
  'mid-mid': '+',
  right: '|',
  'right-mid': '+',
  middle: '|',
};

/** Takes from the widest columns until the sum fits, or nothing is left to take. */
function shrink(natural: readonly number[], room: number): number[] {
  const widths = [...natural];
  for (let over = widths.reduce((sum, width) => sum + width, 0) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= narrowest) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const character of text) {
    used += displayWidth(character);
    if (used > width) break;
    kept += character;
  }
  return `${kept}…`;
}

const combining = /\p{Mn}|\p{Me}|\u200d|\ufe0f/gu;
/** East Asian wide ranges (UAX 11, in large) and emoji take two columns. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/gu;

function displayWidth(text: string): number {
  const spacing = text.replace(combining, '');
  return [...spacing].length + (spacing.match(wide)?.length ?? 0);
}

const visible = (text: string) =>
  text.replace(/\p{Cc}|\p{Cs}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

const showColumns = ['origin', 'height', 'width', 'mode', 'nChannels', 'label', 'score'] as const;

/** Spark's `show(n, truncate=False)`, its last line included where `total` says that there are more rows. */
export function renderShow(rows: readonly Row[], total = rows.length, stream: StyledStream = plainStream): string {
  const cells = rows.map((row) => showColumns.map((name) => sparkText(row[name])));
  const columns = showColumns.map((name) => ({ name }));
  const table = renderTable(columns, cells, { width: null, style: styleFor(stream), padding: 0 });
  if (total <= rows.length) return table;
  return `${table}only showing top ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}\n`;
}

function sparkText(value: string | number | readonly (string | number)[] | null): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(scoreOrText).join(', ')}]`;
  return String(value);
}

/** Scores are float32: what they have beyond seven digits is noise. */
const scoreOrText = (value: string | number) =>
  typeof value === 'number' ? String(Number(value.toPrecision(7))) : value;

/** The first rows of a run that keeps nothing, at most 20, cut to the width of the stream if it is a terminal. */
export function renderRunTable(rows: readonly Row[], stream: StyledStream = plainStream): string {
  const style = styleFor(stream);
  const columns: Column[] = [
    { name: 'name' },
    { name: 'size', align: 'right' },
    { name: 'status' },
    { name: 'label' },
    { name: 'score', align: 'right' },
    { name: 'reason' },
  ];
  const painted = columns.map((column) => (column.name === 'reason' ? { ...column, paint: style.dim } : column));
  return renderTable(painted, rows.slice(0, 20).map(runCells), { width: stream.columns ?? null, style });
}

function runCells(row: Row): string[] {
  const size = row.width === null || row.height === null ? '' : `${row.width}×${row.height}`;
  const score = row.score?.[0];
  const why = row.status === 'failed' && row.message !== null ? `${row.reason}: ${row.message}` : (row.reason ?? '');
  return [nameOf(row.origin), size, row.status, row.label?.[0] ?? '', score === undefined ? '' : score.toFixed(3), why];
}

/** The last component, decoded where it is valid UTF-8. */
function nameOf(origin: string): string {
  const last = origin.slice(Math.max(origin.lastIndexOf('/'), origin.lastIndexOf('#')) + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
