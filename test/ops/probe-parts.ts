/** Files made by hand: headers without pixels, segments spliced into a JPEG, animations of one frame repeated. */
import { createDeflate } from 'node:zlib';
import { crc32 } from './probe-crc.js';

export const segment = (marker: number, content: Buffer): Buffer => {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
};

/** Puts segments behind a JPEG's SOI marker. */
export const splice = (jpeg: Buffer, ...segments: Buffer[]): Buffer =>
  Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);

/** Puts bytes that belong to nothing behind a JPEG's first segment. */
export const litter = (jpeg: Buffer): Buffer => {
  const end = 4 + jpeg.readUInt16BE(4);
  return Buffer.concat([jpeg.subarray(0, end), Buffer.from([1, 2, 3]), jpeg.subarray(end)]);
};

/** APP1 with one TIFF directory at `directory` whose entries are given as [tag, type, count, value]. */
export const exif = (
  entries: readonly (readonly number[])[],
  { directory = 8, count = entries.length } = {},
): Buffer => {
  const tiff = Buffer.alloc(8 + 2 + entries.length * 12 + 4);
  tiff.write('MM\0*', 0, 'latin1');
  tiff.writeUInt32BE(directory, 4);
  tiff.writeUInt16BE(count, 8);
  entries.forEach(([tag = 0, type = 0, many = 0, value = 0], i) => {
    const at = 10 + i * 12;
    tiff.writeUInt16BE(tag, at);
    tiff.writeUInt16BE(type, at + 2);
    tiff.writeUInt32BE(many, at + 4);
    tiff.writeUInt16BE(value, at + 8);
  });
  tiff.writeUInt32BE(8, tiff.length - 4); // the next directory is this one again
  return segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]));
};

export const orientation = (value: number): Buffer => exif([[0x0112, 3, 1, value]]);

/** APP2 segments of a profile cut into pieces. */
export const profileSegments = (icc: Buffer, pieces = 1): Buffer[] => {
  const size = Math.ceil(icc.length / pieces);
  return Array.from({ length: pieces }, (_, i) =>
    segment(
      0xe2,
      Buffer.concat([
        Buffer.from('ICC_PROFILE\0', 'latin1'),
        Buffer.from([i + 1, pieces]),
        icc.subarray(i * size, (i + 1) * size),
      ]),
    ),
  );
};

const pngChunk = (type: string, content: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};

/** Grey, 8 bits, nothing but zeros: `rows` of them, or none at all. */
export async function blackPng(width: number, height: number, rows: number): Promise<Buffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const deflate = createDeflate();
  const packed: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => packed.push(chunk));
  const row = Buffer.alloc(width + 1);
  for (let y = 0; y < rows; y++) {
    if (!deflate.write(row)) await new Promise((resolve) => deflate.once('drain', resolve));
  }
  await new Promise<void>((resolve) => deflate.end(resolve));
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', Buffer.concat(packed)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A JPEG's header alone. */
export const jpegHeader = (width: number, height: number): Buffer => {
  const frame = Buffer.from([
    8,
    height >> 8,
    height & 255,
    width >> 8,
    width & 255,
    3,
    1,
    0x11,
    0,
    2,
    0x11,
    0,
    3,
    0x11,
    0,
  ]);
  const scan = Buffer.from([3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xc0, frame),
    segment(0xda, scan),
    Buffer.from([0xff, 0xd9]),
  ]);
};

export const bmpHeader = (width: number, height: number, bits = 24): Buffer => {
  const bytes = Buffer.alloc(54 + 16);
  bytes.write('BM', 'latin1');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(bits, 28);
  return bytes;
};

/** A GIF of one frame made one of many: its image block is repeated. */
export const repeatGif = (gif: Buffer, frames: number): Buffer => {
  const table = 13 + (gif[10]! & 0x80 ? 3 * 2 ** ((gif[10]! & 7) + 1) : 0);
  const image = gif.subarray(gif.indexOf(0x2c, table), -1);
  const control = Buffer.from([0x21, 0xf9, 4, 0, 10, 0, 0, 0]);
  const blocks = Array.from({ length: frames }, () => Buffer.concat([control, image]));
  return Buffer.concat([gif.subarray(0, table), ...blocks, Buffer.from([0x3b])]);
};

const uint24 = (value: number) => Buffer.from([value & 255, (value >> 8) & 255, value >> 16]);
const riff = (type: string, content: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
};

/** A lossless WebP of one frame made an animation. */
export const repeatWebp = (webp: Buffer, width: number, height: number, frames: number): Buffer => {
  const at = webp.indexOf('VP8L');
  const picture = webp.subarray(at, at + 8 + webp.readUInt32LE(at + 4) + (webp.readUInt32LE(at + 4) % 2));
  const canvas = [uint24(width - 1), uint24(height - 1)];
  const frame = riff('ANMF', Buffer.concat([Buffer.alloc(6), ...canvas, uint24(100), Buffer.from([2]), picture]));
  const content = Buffer.concat([
    Buffer.from('WEBP', 'latin1'),
    riff('VP8X', Buffer.concat([Buffer.from([2, 0, 0, 0]), ...canvas])),
    riff('ANIM', Buffer.alloc(6)),
    ...Array.from({ length: frames }, () => frame),
  ]);
  return riff('RIFF', content);
};
