import sharp from 'sharp';
import { ImgdError } from '../base/errors.js';
import { annotate } from '../ops/annotate.js';
import type { PipelineOptions } from '../ops/options.js';
import { isFailure, type Row } from '../ops/row.js';
import { readOriginals } from './read-originals.js';

export interface Picture {
  readonly bytes: Buffer;
  readonly extension: 'jpg' | 'png';
}

export type PictureRow = Pick<Row, 'index' | 'origin' | 'sha256' | 'status' | 'reason' | 'message' | 'label'>;

export interface PictureOptions {
  /** Of the job that made the row. */
  readonly pipeline: PipelineOptions;
  /** Red and blue swapped: Spark's BGR bytes shown as if they were RGB. */
  readonly bgr: boolean;
  /** A PNG whatever the original is; else a JPEG, or a PNG where there is alpha. */
  readonly asPng: boolean;
}

/**
 * The original of a row with its label drawn on it; a filtered one says so. Throws ImgdError not_found where there is no
 * picture: a failed row, or an original that is away or was changed.
 */
export async function pictureOf(row: PictureRow, options: PictureOptions, signal: AbortSignal): Promise<Picture> {
  const which = `row ${row.index}`;
  if (row.status === 'failed') {
    throw new ImgdError('not_found', `${which} has no picture, it failed (${row.reason}): ${row.message}`);
  }
  const { pipeline, bgr, asPng } = options;
  for await (const { bytes } of readOriginals([row], pipeline.limits.bytes, signal)) {
    if (isFailure(bytes)) throw new ImgdError('not_found', `the original of ${which} can't be shown: ${bytes.message}`);
    const drawn = await draw(bytes, row.label?.[0] ?? 'filtered', { ...pipeline, bgr });
    const isPng = drawn[0] === 0x89;
    if (asPng && !isPng) return { bytes: await sharp(drawn).png().toBuffer(), extension: 'png' };
    return { bytes: drawn, extension: isPng ? 'png' : 'jpg' };
  }
  throw new ImgdError('internal', `no original was looked for: ${which}`);
}

async function draw(bytes: Buffer, label: string, options: PipelineOptions & { bgr: boolean }): Promise<Buffer> {
  try {
    return await annotate(bytes, label, options);
  } catch (error) {
    throw new ImgdError('not_found', `the picture can't be drawn: ${error instanceof Error ? error.message : error}`);
  }
}
