import type { Semaphore } from '../base/semaphore.js';
import { readLocation } from '../io/read-location.js';
import type { Location } from '../io/source.js';
import type { Header } from '../ops/header.js';
import { type ProbeOptions, probe } from '../ops/probe.js';
import { type Failure, type FailureCode, isFailure } from '../ops/row.js';

export interface HeaderRead {
  readonly header: Header | Failure;
  /** Bytes that were read for it. */
  readonly read: number;
}

export interface HeaderOptions extends ProbeOptions {
  /** Bytes of files read as a whole that may exist at once. */
  readonly budget: Semaphore;
}

/** Most headers lie in the first of them; a long EXIF preview or profile needs the second. */
const prefixes = [64 * 1024, 256 * 1024];

/** What more bytes of the same file can't change. */
const finalFailures: ReadonlySet<FailureCode> = new Set(['unsupported_format', 'too_many_pixels']);

/** What says how many frames there are, or where the directory is, stands anywhere in the others. */
const headedFormats: ReadonlySet<Header['format']> = new Set(['jpeg', 'png', 'webp', 'bmp']);

/**
 * A file's header from as few of its bytes as tell it: all of them only where the format needs it or the beginning doesn't
 * make sense. `size` as listed, null where unknown. Reads as `readLocation` does, and rejects as it does.
 */
export async function readHeader(
  location: Location,
  size: number | null,
  options: HeaderOptions,
  signal: AbortSignal,
): Promise<HeaderRead> {
  const { limits, budget } = options;
  if (size !== null && size > limits.bytes) return { header: tooLarge(size, limits.bytes), read: 0 };
  let read = 0;
  for (const length of prefixes) {
    if (size === null || size <= length) break;
    const bytes = await readLocation({ ...location, length }, limits.bytes, signal);
    if (isFailure(bytes)) return { header: bytes, read };
    read += length;
    const header = await probe(bytes, options);
    if (!isFinal(header)) continue;
    return { header: isFailure(header) ? header : { ...header, bytes: size }, read };
  }
  const release = await budget.acquire(size ?? limits.bytes, signal);
  try {
    const bytes = await readLocation(location, limits.bytes, signal);
    if (isFailure(bytes)) return { header: bytes, read };
    return { header: await probe(bytes, options), read: read + bytes.length };
  } finally {
    release();
  }
}

const isFinal = (header: Header | Failure): boolean =>
  isFailure(header) ? finalFailures.has(header.code) : headedFormats.has(header.format) && header.frames === 1;

const tooLarge = (size: number, limit: number): Failure => ({
  code: 'too_large',
  message: `It has ${size.toLocaleString('en')} bytes; the limit is ${limit.toLocaleString('en')}.`,
});
