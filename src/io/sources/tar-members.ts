import type { Failure } from '../../ops/row.js';
import type { ByteString } from '../uri.js';
import { blockBytes, padded, parseLongName, parsePax, parseTarHeader, type TarHeader } from './tar-header.js';

/** An unpacked archive, read anywhere. */
export interface ArchiveBytes {
  /** Of the archive as it stands on disk. */
  readonly version: string;
  /** Shorter only where the archive ends. Rejects with ImgdError and with the signal's reason. */
  read(offset: number, length: number, signal: AbortSignal): Promise<Buffer>;
  /** Whether the archive has this many bytes; may wait until they are unpacked. */
  holds(bytes: number, signal: AbortSignal): Promise<boolean>;
  /** Why there are no more bytes, if it is not that the archive just ends. */
  readonly broken: Failure | undefined;
}

export interface TarMember {
  readonly name: ByteString;
  /** Of the content. */
  readonly offset: number;
  readonly size: number;
  readonly form: 'file' | 'sparse' | 'link' | 'other';
  /** Where the next member's headers begin. */
  readonly next: number;
}

/** The archive can't be read on; `within` is the member that is cut, if one is. */
export interface TarStop {
  readonly failure: 'truncated' | 'corrupt';
  readonly within: ByteString | undefined;
}

/** A name or a pax header longer than this is no archive of files. */
const maxHeaderBytes = 1 << 20;

const forms: Readonly<Record<string, TarMember['form']>> = {
  '0': 'file',
  '7': 'file',
  S: 'sparse',
  '1': 'link',
  '2': 'link',
};

/**
 * The members of an archive from the header at `start` on, in its order. Only headers are read. Global pax headers (`g`) are
 * passed over: writers keep comments in them, never names. Ends after the archive's end mark, or with a stop.
 */
export async function* tarMembers(
  archive: ArchiveBytes,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<TarMember | TarStop> {
  let extended: Extended = {};
  for (let at = start; ; ) {
    const block = await archive.read(at, blockBytes, signal);
    if (block.length < blockBytes) return yield { failure: 'truncated', within: undefined };
    const header = parseTarHeader(block);
    if (header === 'end') return;
    if (header === 'bad') return yield { failure: 'corrupt', within: undefined };
    const content = at + blockBytes;

    if (isExtension(header)) {
      const next = content + padded(header.size);
      if (header.type !== 'g' && header.type !== 'K') {
        if (header.size > maxHeaderBytes) return yield { failure: 'corrupt', within: undefined };
        const bytes = await archive.read(content, header.size, signal);
        if (bytes.length < header.size) return yield { failure: 'truncated', within: undefined };
        const more = parseExtension(header.type, bytes);
        if (more === undefined) return yield { failure: 'corrupt', within: undefined };
        extended = { ...extended, ...more };
      }
      at = next;
      continue;
    }

    const name = extended.name ?? header.name;
    const form = formOf(header, name, extended);
    // links, devices and folders (1 to 6) have no content, whatever size their header gives
    const size = /^[1-6]$/.test(header.type) ? 0 : (extended.size ?? header.size);
    const next = content + padded(size);
    if (!(await archive.holds(content + size, signal))) return yield { failure: 'truncated', within: name };
    yield { name, offset: content, size, form, next };
    extended = {};
    at = next;
  }
}

/** What the headers before a member's own say about it. */
interface Extended {
  readonly name?: ByteString;
  readonly size?: number;
  readonly sparse?: boolean;
}

const isExtension = (header: TarHeader): boolean => 'xXgLK'.includes(header.type);

function parseExtension(type: string, bytes: Buffer): Extended | undefined {
  if (type === 'L') return { name: parseLongName(bytes) };
  const records = parsePax(bytes);
  if (records === undefined) return undefined;
  const path = records.get('path');
  const size = records.get('size');
  if (size !== undefined && !(/^\d+$/.test(size) && Number.isSafeInteger(Number(size)))) return undefined;
  const sparseName = records.get('GNU.sparse.name');
  const name = sparseName ?? path;
  return {
    ...(name === undefined ? {} : { name }),
    ...(size === undefined ? {} : { size: Number(size) }),
    ...([...records.keys()].some((key) => key.startsWith('GNU.sparse.')) ? { sparse: true } : {}),
  };
}

function formOf(header: TarHeader, name: ByteString, extended: Extended): TarMember['form'] {
  if (extended.sparse === true) return 'sparse';
  // before ustar a folder was a file whose name ends in a slash
  if (header.type === '0' && name.endsWith('/')) return 'other';
  return forms[header.type] ?? 'other';
}
