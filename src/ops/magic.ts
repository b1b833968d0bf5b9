import type { ImageFormat } from './header.js';

/** What the first bytes say, whatever the file's name is. */
export type Magic =
  | { readonly kind: 'image'; readonly format: ImageFormat }
  /** Something else that has a name: `an SVG drawing`. */
  | { readonly kind: 'other'; readonly name: string }
  | { readonly kind: 'unknown' };

interface Signature {
  readonly at?: number;
  /** Latin-1; `?` stands for any byte. */
  readonly bytes: string;
  readonly is: ImageFormat | { readonly name: string };
}

const other = (name: string) => ({ name });

const signatures: readonly Signature[] = [
  { bytes: '\xff\xd8\xff', is: 'jpeg' },
  { bytes: '\x89PNG\r\n\x1a\n', is: 'png' },
  { bytes: 'RIFF????WEBP', is: 'webp' },
  { bytes: 'GIF87a', is: 'gif' },
  { bytes: 'GIF89a', is: 'gif' },
  { bytes: 'II*\0????CR', is: other('a Canon raw photograph') },
  { bytes: 'II*\0', is: 'tiff' },
  { bytes: 'MM\0*', is: 'tiff' },
  { bytes: 'II+\0\x08\0', is: 'tiff' },
  { bytes: 'MM\0+\0\x08', is: 'tiff' },
  { bytes: '%PDF', is: other('a PDF document') },
  { bytes: '%!PS', is: other('a PostScript document') },
  { bytes: '8BPS', is: other('a Photoshop document') },
  { bytes: 'gimp xcf', is: other('a GIMP document') },
  { bytes: '\xff\x0a', is: other('a JPEG XL picture') },
  { bytes: '\0\0\0\x0cJXL ', is: other('a JPEG XL picture') },
  { bytes: '\0\0\0\x0cjP  ', is: other('a JPEG 2000 picture') },
  { bytes: '\xff\x4f\xff\x51', is: other('a JPEG 2000 picture') },
  { bytes: '\0\0\x01\0', is: other('a Windows icon') },
  { bytes: '\0\0\x02\0', is: other('a Windows cursor') },
  { bytes: 'icns', is: other('a macOS icon') },
  { bytes: 'v/1\x01', is: other('an OpenEXR picture') },
  { bytes: '#?RADIANCE', is: other('a Radiance picture') },
  { bytes: 'qoif', is: other('a QOI picture') },
  { bytes: 'DDS ', is: other('a DirectDraw texture') },
  { bytes: '\xd7\xcd\xc6\x9a', is: other('a Windows metafile') },
  { bytes: 'RIFF????AVI ', is: other('an AVI video') },
  { bytes: 'RIFF????WAVE', is: other('a WAVE sound') },
  { bytes: '\x1aE\xdf\xa3', is: other('a Matroska or WebM video') },
  { bytes: 'ID3', is: other('an MP3 sound') },
  { bytes: 'PK\x03\x04', is: other('a ZIP archive or an office document') },
  { bytes: '\x1f\x8b', is: other('a gzip archive') },
  { bytes: '7z\xbc\xaf\x27\x1c', is: other('a 7-Zip archive') },
  { bytes: 'Rar!', is: other('a RAR archive') },
  { bytes: 'ustar', at: 257, is: other('a tar archive') },
  { bytes: '\x7fELF', is: other('a program') },
  { bytes: 'SQLite format 3', is: other('an SQLite database') },
  { bytes: 'PAR1', is: other('a Parquet file') },
  { bytes: 'version https://git-lfs', is: other('a Git LFS pointer: the picture itself was not downloaded') },
];

const matches = (bytes: Uint8Array, { at = 0, bytes: wanted }: Signature): boolean => {
  if (bytes.length < at + wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) {
    const code = wanted.charCodeAt(i);
    if (code !== 0x3f && bytes[at + i] !== code) return false;
  }
  return true;
};

/** ISO base media files differ by brand: the major one, or one of the compatible ones. */
const isoMedia = (head: string): Magic => {
  const brands = head.slice(8, 64);
  if (/avi[fs]/.test(brands)) return { kind: 'image', format: 'avif' };
  const name = /hei[cxms]|hev[cxms]|mif1|msf1/.test(brands) ? 'a HEIC photograph' : 'an MP4 or QuickTime video';
  return { kind: 'other', name };
};

/** Readable characters, tabs and line ends alone, in the first half kilobyte. */
const isText = (bytes: Uint8Array): boolean => {
  const head = bytes.subarray(0, 512);
  return head.length > 1 && head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
};

const asText = (head: string): Magic => {
  const text = head.replace(/^(\xef\xbb\xbf)?\s+/, '').toLowerCase();
  const name = /<svg[\s>/]/.test(text)
    ? 'an SVG drawing'
    : /^<(!doctype html|html|head|body)/.test(text)
      ? 'a web page'
      : text.startsWith('<?xml')
        ? 'an XML document'
        : /^p[1-6]\s/.test(text)
          ? 'a Netpbm picture'
          : /^[[{]/.test(text)
            ? 'a JSON document'
            : 'plain text';
  return { kind: 'other', name };
};

/** Looks at no more than the first 2 KB. */
export const readMagic = (bytes: Buffer): Magic => {
  for (const signature of signatures) {
    if (!matches(bytes, signature)) continue;
    return typeof signature.is === 'string'
      ? { kind: 'image', format: signature.is }
      : { kind: 'other', name: signature.is.name };
  }
  // two letters alone would be too little: the size of the second header is one of few
  if (bytes.length >= 18 && bytes[0] === 0x42 && bytes[1] === 0x4d) {
    const size = bytes.readUInt32LE(14);
    if (size === 12 || (size >= 16 && size <= 124)) return { kind: 'image', format: 'bmp' };
  }
  const head = bytes.toString('latin1', 0, 2048);
  if (head.startsWith('ftyp', 4)) return isoMedia(head);
  if (/^\s*(<\?xml|<!--|<svg)/.test(head) || isText(bytes)) return asText(head);
  if (/^P[1-6]\s/.test(head)) return { kind: 'other', name: 'a Netpbm picture' };
  return { kind: 'unknown' };
};
