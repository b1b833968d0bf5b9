import sharp from 'sharp';
import { annotate } from '../ops/annotate.js';
import type { PipelineOptions } from '../ops/options.js';
import { probe } from '../ops/probe.js';
import { isFailure } from '../ops/row.js';
import { readOriginals } from './read-originals.js';
import type { ReportRow } from './report-page-facts.js';

/** A small picture for the page, or why there is none. */
export type Thumbnail =
  | { readonly kind: 'picture'; readonly data: string; readonly width: number; readonly height: number }
  | { readonly kind: 'missing'; readonly message: string };

export interface ThumbnailOptions {
  /** Of the job that made the rows. */
  readonly pipeline: PipelineOptions;
  /** Bytes of base64 that all pictures together may take. */
  readonly budget: number;
  readonly onDone?: (done: number) => void;
}

const side = 160;
const workers = 2;
const leftOut: Thumbnail = { kind: 'missing', message: 'left out, the page would grow too large' };

/**
 * Thumbnails by row index, as `data:` URIs of WebP: only for rows that were read, never for failed ones, whose bytes may harm
 * a decoder. Two at a time. Rejects with the signal's reason.
 */
export async function makeThumbnails(
  rows: readonly ReportRow[],
  options: ThumbnailOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Thumbnail>> {
  const made = new Map<number, Thumbnail>();
  const drawable = rows.filter(({ status }) => status !== 'failed');
  const share = options.budget / Math.max(1, drawable.length);
  const originals = readOriginals(drawable, options.pipeline.limits.bytes, signal);
  const work = async () => {
    for (;;) {
      const { done, value } = await originals.next();
      if (done === true) return;
      const { row, bytes } = value;
      made.set(row.index, isFailure(bytes) ? missing(bytes.message) : await thumbnail(bytes, options.pipeline, share));
      signal.throwIfAborted();
      options.onDone?.(made.size);
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    await originals.return(undefined);
  }
  return made;
}

const missing = (message: string): Thumbnail => ({ kind: 'missing', message });

async function thumbnail(bytes: Buffer, pipeline: PipelineOptions, mostBytes: number): Promise<Thumbnail> {
  const header = await probe(bytes, pipeline);
  if (isFailure(header)) return missing(header.message);
  try {
    // sharp has no loader for BMP: annotating with nothing makes a JPEG of it
    const readable = header.format === 'bmp' ? await annotate(bytes, '', pipeline) : bytes;
    const { data, info } = await shrink(readable, pipeline).raw().toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: info.channels };
    for (const quality of [72, 40]) {
      const webp = await sharp(data, { raw }).webp({ quality }).toBuffer();
      const text = webp.toString('base64');
      if (text.length > mostBytes) continue;
      return { kind: 'picture', data: `data:image/webp;base64,${text}`, width: info.width, height: info.height };
    }
    return leftOut;
  } catch {
    return missing('it can’t be drawn');
  }
}

function shrink(bytes: Buffer, { limits, orient, icc }: PipelineOptions) {
  const opened = sharp(bytes, { limitInputPixels: limits.pixels, ignoreIcc: icc === 'ignore' });
  const upright = orient ? opened.autoOrient() : opened;
  return upright.resize(side, side, { fit: 'inside', withoutEnlargement: true }).toColourspace('srgb');
}
