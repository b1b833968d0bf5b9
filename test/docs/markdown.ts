/** The parts of a Markdown page that the tests of the documents need. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const projectRoot = join(import.meta.dirname, '../..');

export const page = (name: string): string => readFileSync(join(projectRoot, name), 'utf8');

export interface CodeBlock {
  readonly language: string;
  readonly code: string;
  /** `<!-- test -->` stands right before it: its commands can run where the samples are. */
  readonly marked: boolean;
}

export function codeBlocks(text: string): readonly CodeBlock[] {
  const pattern = /(<!-- test -->\n)?^```([\w-]*)\n(.*?)^```$/gms;
  return [...text.matchAll(pattern)].map(([, mark, language = '', code = '']) => ({
    language,
    code,
    marked: mark !== undefined,
  }));
}

/** Cells of the first table below `heading`, without the head; escapes and backticks are taken away. */
export function tableBelow(text: string, heading: string): readonly (readonly string[])[] {
  const from = text.indexOf(`${heading}\n`);
  if (from === -1) throw new Error(`no "${heading}" in the page`);
  const lines = text.slice(from).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const rows: string[][] = [];
  for (const line of lines.slice(first + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map(plain),
    );
  }
  return rows;
}

const plain = (cell: string): string =>
  cell.trim().replaceAll('\\|', '|').replaceAll('`', '').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
