import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { annotate } from '../ops/annotate.js';
import type { RowContent } from '../ops/failed-row.js';
import type { PipelineOptions } from '../ops/options.js';

/**
 * Writes `<index>-<name>` with the top label drawn on it. The name is the same for the same input, so a repeated attempt
 * replaces its own picture. A picture that can't be drawn is said on the row; its prediction stands.
 */
export async function annotateRow(
  row: RowContent,
  bytes: Buffer,
  folder: string,
  options: PipelineOptions,
): Promise<RowContent> {
  const label = row.label?.[0];
  if (label === undefined) return row;
  try {
    const picture = await annotate(bytes, label, options);
    const path = join(folder, annotatedName(row, picture));
    await writeFile(`${path}.part`, picture);
    await rename(`${path}.part`, path);
    return row;
  } catch (error) {
    return { ...row, message: `not annotated: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The last component of the origin, safe as a file name anywhere. */
function annotatedName(row: RowContent, picture: Buffer): string {
  const last = row.origin.slice(row.origin.lastIndexOf('/') + 1);
  const stem = last
    .replace(/%[0-9A-F]{2}/gi, '_')
    .replace(/\.[^.]*$/, '')
    .slice(0, 100);
  const png = picture[0] === 0x89;
  return `${row.index}-${stem}.${png ? 'png' : 'jpg'}`;
}
