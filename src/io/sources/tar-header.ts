/**
 * The blocks of a tar archive, by POSIX.1-2017 (pax, ustar) and the GNU tar manual's "Basic Tar Format". Our own because names
 * are bytes here and libraries decode them as UTF-8, losing what is none.
 */
import { type ByteString, byteString } from '../uri.js';

export const blockBytes = 512;

export interface TarHeader {
  /** The type flag's character; an old header's NUL counts as '0'. */
  readonly type: string;
  readonly name: ByteString;
  /** Bytes of the content as the header has it. */
  readonly size: number;
}

/** A block of 512 bytes. `end`: all zeros; `bad`: its checksum is wrong or a number in it is none. */
export function parseTarHeader(block: Buffer): TarHeader | 'end' | 'bad' {
  if (block.every((byte) => byte === 0)) return 'end';
  const size = parseNumber(block.subarray(124, 136));
  if (!hasChecksum(block) || size === undefined) return 'bad';
  const type = block[156] === 0 ? '0' : String.fromCharCode(block[156]!);
  const name = text(block.subarray(0, 100));
  // GNU's own magic ("ustar  ") marks headers that use the prefix's place otherwise
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block.subarray(345, 500)) : '';
  return { type, name: prefix === '' ? name : `${prefix}/${name}`, size };
}

/** The sum of all bytes with the checksum's own counted as spaces; some old writers summed signed bytes. */
function hasChecksum(block: Buffer): boolean {
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < blockBytes; at++) {
    const byte = at >= 148 && at < 156 ? 32 : block[at]!;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  const stored = parseNumber(block.subarray(148, 156));
  return stored === unsigned || stored === signed;
}

/** Octal digits between spaces and NULs, or (first bit set) a big-endian binary number; undefined for neither, and for a negative one. */
function parseNumber(field: Buffer): number | undefined {
  if (field[0]! >= 0x80) {
    const value = field.reduce((sum, byte, at) => sum * 256 + (at === 0 ? byte & 0x7f : byte), 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = /^[ \0]*([0-7]*)[ \0]*$/.exec(field.toString('latin1'));
  return digits === null ? undefined : Number.parseInt(digits[1] || '0', 8);
}

const text = (field: Buffer): ByteString => {
  const end = field.indexOf(0);
  return byteString(end === -1 ? field : field.subarray(0, end));
};

/** GNU's long name: the content up to its NUL. */
export const parseLongName = text;

/** A pax header's records, `length key=value\n` each; undefined when they are malformed. */
export function parsePax(content: Buffer): ReadonlyMap<string, ByteString> | undefined {
  const records = new Map<string, ByteString>();
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const digits = content.toString('latin1', at, space === -1 ? content.length : space);
    const end = at + Number(digits);
    const equals = content.indexOf(0x3d, space);
    if (
      !/^\d+$/.test(digits) ||
      end > content.length ||
      content[end - 1] !== 0x0a ||
      equals <= space ||
      equals >= end
    ) {
      return undefined;
    }
    records.set(content.toString('latin1', space + 1, equals), content.toString('latin1', equals + 1, end - 1));
    at = end;
  }
  return records;
}

/** How much room content takes in the archive. */
export const padded = (size: number): number => Math.ceil(size / blockBytes) * blockBytes;
