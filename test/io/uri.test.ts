import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayUri, fileUri, partsOfTarUri, pathOfUri, tarUri } from '../../src/io/uri.js';

const anyBytes = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.from('/'), Buffer.from(bytes)]));
const seeded = { seed: 1, numRuns: 500 };

describe('uri', () => {
  it('encodes every byte that is neither unreserved nor a slash', () => {
    const path = Buffer.concat([Buffer.from('/a b/c\n#%?&+é~_-.Z9'), Buffer.from([0xff, 0x00])]);
    expect(fileUri(path)).toBe('file:///a%20b/c%0A%23%25%3F%26%2B%C3%A9~_-.Z9%FF%00');
  });

  it('gives any bytes back', () => {
    fc.assert(
      fc.property(anyBytes, (path) => {
        expect(fileUri(path)).toMatch(/^file:\/\/[A-Za-z0-9\-._~/%]+$/);
        expect(pathOfUri(fileUri(path))).toEqual(path);
      }),
      seeded,
    );
  });

  it('gives archive and member back, whatever their names hold', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (archive, member) => {
        expect(partsOfTarUri(tarUri(archive, member))).toEqual({ archive, member });
      }),
      seeded,
    );
  });

  it('takes the spellings of RFC 8089 and characters that were not encoded', () => {
    for (const uri of ['file:///a/é b#c.jpg', 'file://localhost/a/é b#c.jpg', 'file:/a/%c3%a9%20b%23c.jpg']) {
      expect(pathOfUri(uri).toString()).toBe('/a/é b#c.jpg');
    }
  });

  it.each(['file://elsewhere/a.jpg', 'http://a/b.jpg', 'a.jpg', 'file:a.jpg', 'file:///a%2', 'file:///a%zz'])(
    'refuses %s',
    (uri) => {
      expect(() => pathOfUri(uri)).toThrowError(expect.objectContaining({ code: 'usage' }));
    },
  );

  it('has no archive in a plain file', () => {
    expect(partsOfTarUri('file:///a.tar#b')).toBeUndefined();
  });

  it('shows people a name that cannot act on their terminal', () => {
    expect(displayUri(fileUri(Buffer.from('/a/é b\n\u001b[2J.jpg')))).toBe('/a/é b\\n\\u001b[2J.jpg');
    expect(displayUri(tarUri(Buffer.from('/a b.tar'), Buffer.from('c#d.jpg')))).toBe('/a b.tar: c#d.jpg');
    expect(displayUri('s3://bucket/key.jpg')).toBe('s3://bucket/key.jpg');
  });
});
