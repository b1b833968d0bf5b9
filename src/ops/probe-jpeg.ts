import { exifOrientation } from './exif-orientation.js';
import { type Failure, isFailure } from './row.js';

/** What a JPEG says before its first scan. Source of the markers: ITU-T T.81, annex B. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 YCbCr or RGB, 4 CMYK or YCCK. */
  readonly components: number;
  /** Bits a sample: 8 nearly always, 12 at most. */
  readonly precision: number;
  readonly progressive: boolean;
  readonly orientation: number;
  /** All chunks in order; `broken` where one is missing. */
  readonly icc: Buffer | 'broken' | null;
  /** Huffman-coded grey or YCbCr, segments whole and without garbage between them, the file's last bytes an EOI marker. */
  readonly whole: boolean;
}

interface Frame {
  readonly marker: number;
  readonly precision: number;
  readonly height: number;
  readonly width: number;
  readonly components: number;
  /** Three components named R, G and B are no YCbCr. */
  readonly namedRgb: boolean;
}

const eoi = 0xd9;
const sos = 0xda;
const app1 = 0xe1;
const app2 = 0xe2;
const app14 = 0xee;

const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
const isAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

const cut: Failure = { code: 'truncated', message: 'The JPEG file ends before its picture begins.' };
const broken = (what: string): Failure => ({ code: 'corrupt', message: `The JPEG file is damaged: ${what}.` });

const readFrame = (bytes: Buffer, marker: number, at: number, length: number): Frame | undefined => {
  if (length < 8) return undefined;
  const components = bytes[at + 5]!;
  if (components === 0 || components > 4 || length < 8 + components * 3) return undefined;
  return {
    marker,
    precision: bytes[at]!,
    height: bytes.readUInt16BE(at + 1),
    width: bytes.readUInt16BE(at + 3),
    components,
    namedRgb: components === 3 && bytes[at + 6] === 0x52 && bytes[at + 9] === 0x47 && bytes[at + 12] === 0x42,
  };
};

/** The profile from its chunks, each numbered from 1 and carrying the total. */
const joinProfile = (chunks: readonly Buffer[]): Buffer | 'broken' | null => {
  const first = chunks[0];
  if (first === undefined) return null;
  const total = first[13]!;
  if (chunks.length !== total) return 'broken';
  if (total === 1) return first[12] === 1 ? first.subarray(14) : 'broken';
  const ordered = [...chunks].sort((a, b) => a[12]! - b[12]!);
  const complete = ordered.every((chunk, i) => chunk[12] === i + 1 && chunk[13] === total);
  return complete ? Buffer.concat(ordered.map((chunk) => chunk.subarray(14))) : 'broken';
};

interface Segment {
  readonly marker: number;
  readonly content: number;
  readonly end: number;
  /** Nothing lay before it. */
  readonly clean: boolean;
}

/** The next segment with a length, or `cut` where the bytes end before it does. */
const nextSegment = (bytes: Buffer, from: number): Segment | Failure | 'cut' => {
  let at = from;
  let clean = true;
  for (;;) {
    const found = bytes.indexOf(0xff, at);
    if (found === -1) return 'cut';
    clean &&= found === at;
    at = found + 1;
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    if (marker === undefined) return 'cut';
    if (marker === 0 || isAlone(marker)) {
      clean = false;
      continue;
    }
    if (marker === eoi) return broken('it holds no picture');
    if (at + 2 > bytes.length) return 'cut';
    const length = bytes.readUInt16BE(at);
    if (length < 2) return broken('a segment has no length');
    if (at + length > bytes.length) return 'cut';
    return { marker, content: at + 2, end: at + length, clean };
  }
};

/** One pass over the segments before the first scan; copies nothing but a profile in several chunks. */
export const scanJpeg = (bytes: Buffer): JpegHeader | Failure => {
  let frame: Frame | undefined;
  let orientation: number | undefined;
  let adobe: number | undefined;
  let clean = true;
  const chunks: Buffer[] = [];

  for (let at = 2; ; ) {
    const segment = nextSegment(bytes, at);
    if (segment === 'cut') {
      if (frame === undefined) return cut;
      clean = false; // the size is known and may forbid the picture; otherwise its decoder will find the end missing
      break;
    }
    if (isFailure(segment)) return segment;
    const { marker, content, end } = segment;
    const length = end - content + 2;
    clean &&= segment.clean;
    if (marker === sos) break;
    if (isFrame(marker)) {
      // decoders would differ in which one they believe, and so in the size
      if (frame !== undefined) return broken('it has two frame headers');
      frame = readFrame(bytes, marker, content, length);
      if (frame === undefined) return broken('its frame header is nonsense');
    } else if (marker === app1 && bytes.toString('latin1', content, content + 6) === 'Exif\0\0' && length >= 8) {
      orientation ??= exifOrientation(bytes.subarray(content + 6, end));
    } else if (marker === app2 && length >= 16 && bytes.toString('latin1', content, content + 12) === 'ICC_PROFILE\0') {
      chunks.push(bytes.subarray(content, end));
    } else if (marker === app14 && length >= 14 && bytes.toString('latin1', content, content + 5) === 'Adobe') {
      adobe = bytes[content + 11];
    }
    at = end;
  }

  if (frame === undefined) return broken('it has no frame header');
  if (frame.width === 0 || frame.height === 0) return broken('its header gives no size');
  const { width, height, components, precision } = frame;
  const rgbCoded = components === 3 && (adobe === 0 || frame.namedRgb);
  const ends = bytes[bytes.length - 2] === 0xff && bytes[bytes.length - 1] === eoi;
  return {
    width,
    height,
    components,
    precision,
    progressive: frame.marker === 0xc2 || frame.marker === 0xc6 || frame.marker === 0xca,
    orientation: orientation ?? 1,
    icc: joinProfile(chunks),
    whole: clean && ends && !rgbCoded && (components === 1 || components === 3) && frame.marker <= 0xc2,
  };
};
