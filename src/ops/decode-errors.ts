import { isCutShort } from './cut-short.js';
import type { ImageFormat } from './header.js';
import type { Failure, FailureCode } from './row.js';

/** How people write the formats' names. */
export const formatNames: Record<ImageFormat, string> = {
  jpeg: 'JPEG',
  png: 'PNG',
  webp: 'WebP',
  gif: 'GIF',
  tiff: 'TIFF',
  avif: 'AVIF',
  bmp: 'BMP',
};

/** What decoders say, in lower case, and what it means; the first that fits counts. */
const meanings: readonly (readonly [said: RegExp, code: FailureCode])[] = [
  [/pixel limit|dimensions are too large|exceeds.*limit/, 'too_many_pixels'],
  [/timeout/, 'timeout'],
  [/out of memory|cannot allocate|bad_alloc|failed to allocate|array buffer allocation/, 'resource'],
  [
    /premature end|truncated|end of (file|data|gif|image|stream)|not enough data|unexpected eof|bad seek|got \d+ bytes, expected/,
    'truncated',
  ],
  // magic bytes that promise a format, and nothing of it behind them
  [/contains unsupported image format/, 'corrupt'],
  [/unsupported|not supported|labq/, 'decode_error'],
  [/corrupt|invalid|bogus|crc|checksum|not defined|read error|decode error|parse|huffman|marker/, 'corrupt'],
];

const sentences: Partial<Record<FailureCode, (name: string) => string>> = {
  too_many_pixels: (name) => `The ${name} file has more pixels than the limit allows.`,
  timeout: (name) => `Decoding the ${name} file took too long and was stopped.`,
  resource: (name) => `There was not enough memory to decode the ${name} file.`,
  corrupt: (name) => `The ${name} file is damaged`,
};

/** A decoder's words as a phrase: the last of its lines, without the names of its own functions. */
const phrase = (message: string): string =>
  (message.trim().split('\n').at(-1) ?? '')
    .replace(/^Input buffer (has|contains) /, '')
    .replace(/^(\w+2?vips|vips\w*|\w+load_buffer|\w+load|source|webp|heif):\s*/i, '')
    .slice(0, 160);

/** A file whose end is missing. */
export const cutShort = (format: ImageFormat): Failure => ({
  code: 'truncated',
  message: `The ${formatNames[format]} file is cut short: its end is missing.`,
});

/** A decoder's error as a row's failure. A file whose end is missing is `truncated`, whatever the decoder calls it. */
export const decodeFailure = (error: unknown, format: ImageFormat, bytes: Buffer): Failure => {
  // sharp opens every complaint about a header with the same words, whatever libvips said
  const said = (error instanceof Error ? error.message : String(error)).replace(
    'Input buffer has corrupt header: ',
    '',
  );
  const matched = meanings.find(([pattern]) => pattern.test(said.toLowerCase()))?.[1] ?? 'decode_error';
  const ends = matched === 'corrupt' || matched === 'decode_error';
  const code = ends && isCutShort(format, bytes) ? 'truncated' : matched;
  if (code === 'truncated') return cutShort(format);
  const name = formatNames[format];
  const sentence = sentences[code]?.(name) ?? `The ${name} file could not be decoded`;
  return { code, message: sentence.endsWith('.') ? sentence : `${sentence}: ${phrase(said)}.` };
};
