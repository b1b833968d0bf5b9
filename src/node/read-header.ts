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

/** A PNG's last chunk. Behind a beginning that reaches into the pixels it makes a file that shows no missing end. */
const pngEnd = Buffer.from('0000000049454e44ae426082', 'hex');

/**
 * A file's header from as few of its bytes as tell it: the beginning of a JPEG or PNG; of other formats, whose frames and
 * directories may stand anywhere, all of them, and so where the beginning makes no sense. `size` as listed, null where
 * unknown. Reads as `readLocation` does, and rejects as it does.
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
    const format = headedFormat(bytes);
    const header = await probe(format === 'png' ? Buffer.concat([bytes, pngEnd]) : bytes, options);
    if (isFailure(header) ? finalFailures.has(header.code) : format !== undefined) {
      return { header: isFailure(header) ? header : { ...header, bytes: size }, read };
    }
    if (format === undefined) break;
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

const headedFormat = (bytes: Buffer): 'jpeg' | 'png' | undefined => {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return 'jpeg';
  return bytes.toString('latin1', 0, 4) === '\x89PNG' ? 'png' : undefined;
};

const tooLarge = (size: number, limit: number): Failure => ({
  code: 'too_large',
  message: `It has ${size.toLocaleString('en')} bytes; the limit is ${limit.toLocaleString('en')}.`,
});
