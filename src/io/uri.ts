/**
 * Names are bytes. Inside imgd a path travels as a {@link ByteString} or percent-encoded; only for people is it decoded.
 * Encoding follows RFC 3986: every byte that is neither unreserved nor '/' becomes %XX, so spaces, newlines, '#', '%' and
 * invalid UTF-8 all survive a round trip.
 */
import { ImgdError } from '../base/errors.js';

/** One character (U+0000 to U+00FF) for each byte: compact, and `<` compares it as bytes are compared. */
export type ByteString = string;

const escapes = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`);
const reserved = /[^A-Za-z0-9\-._~/]/g;

export const byteString = (bytes: Buffer): ByteString => bytes.toString('latin1');
export const bytesOf = (text: ByteString): Buffer => Buffer.from(text, 'latin1');

/** The characters as a program argument or a setting gives them, as bytes of UTF-8. */
export const byteStringOfText = (text: string): ByteString => byteString(Buffer.from(text, 'utf8'));

export const encodeBytes = (text: ByteString): string => text.replace(reserved, (char) => escapes[char.charCodeAt(0)]!);

/** Characters that should have been encoded count as their UTF-8 bytes. Throws ImgdError `usage` on a broken escape. */
export const decodeBytes = (encoded: string): ByteString => percentDecoded(byteStringOfText(encoded));

function percentDecoded(encoded: ByteString): ByteString {
  return encoded.replace(/%([0-9A-Fa-f]{2})?/g, (_, hex: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    throw new ImgdError('usage', `'${displayPath(bytesOf(encoded))}' has a % that is not followed by two hex digits`);
  });
}

/** An absolute path as `file:///a/b%20c.jpg`. */
export const fileUri = (path: Buffer): string => `file://${encodeBytes(byteString(path))}`;

/** The path of a `file:` URI of this machine (RFC 8089). Throws ImgdError `usage` for anything else. */
export const pathOfUri = (uri: string): Buffer => bytesOf(filePathOf(byteStringOfText(uri)));

/** The same for a URI that came as bytes, not all of them encoded as they should be. */
export function filePathOf(uri: ByteString): ByteString {
  const scheme = /^file:(?:\/\/(?:localhost)?(?=\/)|(?=\/(?!\/)))/i.exec(uri);
  if (scheme !== null) return percentDecoded(uri.slice(scheme[0].length));
  throw new ImgdError('usage', `'${displayPath(bytesOf(uri))}' is not a file:/// address of this machine`);
}

/** A member of an archive: `tar+file:///a/b.tar#dir/c.jpg`. */
export const tarUri = (archivePath: Buffer, memberName: Buffer): string =>
  `tar+${fileUri(archivePath)}#${encodeBytes(byteString(memberName))}`;

/** The inverse of {@link tarUri}; undefined for any other URI. */
export function partsOfTarUri(uri: string): { archive: Buffer; member: Buffer } | undefined {
  const parts = /^tar\+(file:[^#]*)#(.*)$/.exec(uri);
  if (parts === null) return undefined;
  return { archive: pathOfUri(parts[1]!), member: bytesOf(decodeBytes(parts[2]!)) };
}

/** For people: the path decoded as UTF-8, with control characters shown as escapes so that a name can't act on a terminal. */
export const displayPath = (path: Buffer): string => escapeControls(path.toString('utf8'));

/** For people: `/a/b c.jpg`, or `/a/b.tar: dir/c.jpg`; what is no URI of ours stays as it is. */
export function displayUri(uri: string): string {
  try {
    const parts = partsOfTarUri(uri);
    if (parts !== undefined) return `${displayPath(parts.archive)}: ${displayPath(parts.member)}`;
    return displayPath(pathOfUri(uri));
  } catch {
    return escapeControls(uri);
  }
}

function escapeControls(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (char) => {
    if (char === '\n') return '\\n';
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
