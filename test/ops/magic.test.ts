import { describe, expect, it } from 'vitest';
import { readMagic } from '../../src/ops/magic.js';

const latin = (text: string) => Buffer.from(text, 'latin1');

describe('readMagic', () => {
  it.each([
    ['jpeg', '\xff\xd8\xff\xe0'],
    ['png', '\x89PNG\r\n\x1a\n'],
    ['webp', 'RIFF\x24\0\0\0WEBPVP8 '],
    ['gif', 'GIF89a\x01\0'],
    ['tiff', 'II*\0\x08\0\0\0'],
    ['tiff', 'MM\0*\0\0\0\x08'],
    ['avif', '\0\0\0\x20ftypavif\0\0\0\0avifmif1miaf'],
    ['avif', '\0\0\0\x20ftypmif1\0\0\0\0mif1avifmiaf'],
    ['bmp', `BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0`],
  ] as const)('%s', (format, bytes) => {
    expect(readMagic(latin(bytes))).toEqual({ kind: 'image', format });
  });

  it.each([
    ['an SVG drawing', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['an SVG drawing', '\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made -->\n<svg width="3">'],
    ['a web page', '\n  <!DOCTYPE html><html>'],
    ['an XML document', '<?xml version="1.0"?><rss/>'],
    ['a PDF document', '%PDF-1.7\n%\xe2\xe3'],
    ['a HEIC photograph', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['an MP4 or QuickTime video', '\0\0\0\x18ftypisom\0\0\0\0isommp42'],
    ['a JPEG XL picture', '\xff\x0a\x00\x01'],
    ['a JPEG 2000 picture', '\0\0\0\x0cjP  \r\n\x87\n'],
    ['a Windows icon', '\0\0\x01\0\x01\0'],
    ['a Photoshop document', '8BPS\0\x01'],
    ['a ZIP archive or an office document', 'PK\x03\x04\x14\0'],
    ['a gzip archive', '\x1f\x8b\x08'],
    ['a Netpbm picture', 'P6\n2 2\n255\n\x01\x02\xff'],
    ['a JSON document', '{"error": "not found"}'],
    ['plain text', 'hello, this is no picture\n'],
    ['plain text', 'BM is how this text begins, by chance'],
    ['a Git LFS pointer: the picture itself was not downloaded', 'version https://git-lfs.github.com/spec/v1'],
  ])('%s', (name, bytes) => {
    expect(readMagic(latin(bytes))).toEqual({ kind: 'other', name });
  });

  it('knows nothing of one byte, of zeros, of noise', () => {
    for (const bytes of ['\x00', '\xff', '\0'.repeat(100), '\x91\x03\xfe\x88\x17']) {
      expect(readMagic(latin(bytes))).toEqual({ kind: 'unknown' });
    }
  });
});
