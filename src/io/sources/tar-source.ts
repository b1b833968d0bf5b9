import { ImgdError } from '../../base/errors.js';
import type { Failure } from '../../ops/row.js';
import type { Cursor, Entry, Listed, Location } from '../source.js';
import { type ByteString, byteStringOfText, bytesOf, displayPath, encodeBytes, fileUri, tarUri } from '../uri.js';
import { abortable } from './abortable.js';
import { type ArchiveSpool, openArchiveSpool, type SpoolOptions } from './archive-spool.js';
import { countedCursor, placeOf } from './counted-cursor.js';
import { realPath, refusedEntry } from './file-entry.js';
import { isImageName } from './image-names.js';
import { closeQuietly, openRegular } from './open-regular.js';
import type { OwnedSource } from './owned-source.js';
import { readFully } from './read-fully.js';
import { refusedPath, systemFailure } from './system-failure.js';
import { type ArchiveBytes, type TarMember, type TarStop, tarMembers } from './tar-members.js';

export const isArchiveName = (name: ByteString): boolean => /\.(tar|tar\.gz|tgz)$/i.test(name);

const isPacked = (name: ByteString): boolean => /gz$/i.test(name);

/** The place after the last entry, a stop's row included. */
const atEnd = 'end';

const changed: Failure = { code: 'input_changed', message: 'The archive was changed after it was listed.' };

/**
 * Members of a `.tar`, `.tar.gz` or `.tgz` in the archive's order, not in that of names. Nothing is unpacked from a `.tar`; a
 * packed one is unpacked as a whole, once, into a spool that `close` deletes. An archive that is cut or damaged ends its listing
 * with a refused entry for the archive. Throws ImgdError when the archive is away or unpacks too far.
 */
export function tarSource(path: ByteString, options: { readonly allFiles: boolean } & SpoolOptions): OwnedSource {
  const archivePath = bytesOf(path);
  const archiveUri = fileUri(archivePath);
  let spool: Promise<ArchiveSpool> | undefined;
  let real: ByteString | undefined;
  let tally = { ignored: 0 };
  const closing = new AbortController();

  // one spool for every caller, so none of them may abort it
  const unpack = async (signal: AbortSignal): Promise<ArchiveSpool> => {
    closing.signal.throwIfAborted();
    spool ??= openArchiveSpool(path, options, closing.signal).catch((error) => {
      spool = undefined;
      throw error;
    });
    return await abortable(spool, signal);
  };
  const open = async (signal: AbortSignal): Promise<{ archive: ArchiveBytes; release: () => void }> =>
    isPacked(path) ? { archive: await unpack(signal), release: () => {} } : await openPlain(path, signal);

  const memberEntry = (member: TarMember, version: string): Entry => {
    const uri = tarUri(archivePath, bytesOf(member.name));
    const { offset } = member;
    const refused = member.form === 'sparse' ? sparse : refusedPath(bytesOf(member.name));
    if (refused !== undefined) return { ...refusedEntry(uri, refused), offset };
    return { uri, size: member.size, version: `${version}@${offset}`, offset };
  };

  return {
    get ignored() {
      return tally.ignored;
    },
    async *list(after: Cursor | undefined, signal: AbortSignal): AsyncGenerator<Listed> {
      const start = after === undefined ? { ignored: 0, place: '' } : placeOf(after);
      const counting = { ignored: start.ignored };
      tally = counting;
      if (start.place === atEnd) return;
      const { archive, release } = await open(signal);
      const stopped = (failure: Failure): Listed => ({
        entry: refusedEntry(archiveUri, failure),
        cursor: countedCursor({ ignored: counting.ignored, place: atEnd }),
      });
      try {
        const [offset, version] = start.place === '' ? ['0', archive.version] : start.place.split('@');
        if (version !== archive.version) return yield stopped(changed);
        for await (const item of tarMembers(archive, Number(offset), signal)) {
          signal.throwIfAborted();
          if ('failure' in item) return yield stopped(stopFailure(archivePath, item, archive.broken));
          const verdict = judge(item, options.allFiles);
          if (verdict === 'ignore') counting.ignored++;
          if (verdict !== 'take') continue;
          const place = `${item.next}@${archive.version}`;
          yield { entry: memberEntry(item, archive.version), cursor: countedCursor({ ...counting, place }) };
        }
      } finally {
        release();
      }
    },

    async locate(entry: Entry, signal: AbortSignal): Promise<Location | Failure> {
      if (entry.refused !== undefined) return entry.refused;
      if (entry.offset === undefined || entry.size === null || entry.version === null) {
        throw new ImgdError('internal', `the entry ${entry.uri} is not a member of an archive`);
      }
      signal.throwIfAborted();
      const version = entry.version.split('@')[0]!;
      const range = { offset: entry.offset, length: entry.size, root: null };
      if (!isPacked(path)) {
        try {
          real ??= await abortable(realPath(path), signal);
        } catch (error) {
          signal.throwIfAborted();
          return systemFailure(error);
        }
        return { path: encodeBytes(real), version, ...range };
      }
      const unpacked = await unpack(signal);
      if (unpacked.version !== version) return changed;
      if (!(await unpacked.holds(entry.offset + entry.size, signal))) {
        return stopFailure(archivePath, { failure: 'truncated', within: undefined }, unpacked.broken);
      }
      return { path: encodeBytes(byteStringOfText(unpacked.path)), version: null, ...range };
    },

    owns: (uri) => uri === archiveUri || uri.startsWith(`tar+${archiveUri}#`),

    async close() {
      closing.abort(new ImgdError('cancelled', 'the source was closed'));
      const unpacked = await spool?.catch(() => undefined);
      await unpacked?.close();
    },
  };
}

const sparse: Failure = {
  code: 'unsupported_format',
  message: 'It is stored as a sparse file, which is not read from archives.',
};

function judge(member: TarMember, allFiles: boolean): 'take' | 'ignore' | 'pass' {
  // names such as ./a.jpg are no dotfiles; ._a.jpg is what macOS puts next to a.jpg
  if (member.form === 'other' || /(^|\/)\.(?!\.?(\/|$))/.test(member.name)) return 'pass';
  if (member.form === 'link') return 'ignore';
  return allFiles || isImageName(member.name) ? 'take' : 'ignore';
}

function stopFailure(archivePath: Buffer, stop: TarStop, broken: Failure | undefined): Failure {
  const code = broken?.code ?? stop.failure;
  const where = stop.within === undefined ? '' : ` inside of ${displayPath(bytesOf(stop.within))}`;
  const why = broken === undefined ? '' : `: ${broken.message}`;
  const what = code === 'truncated' ? `is cut short${where}` : `is damaged${where}`;
  return { code, message: `The archive ${displayPath(archivePath)} ${what}${why}. Members after this place are lost.` };
}

async function openPlain(
  path: ByteString,
  signal: AbortSignal,
): Promise<{ archive: ArchiveBytes; release: () => void }> {
  const file = await openRegular(path, 'archive', signal);
  const archive: ArchiveBytes = {
    version: file.version,
    broken: undefined,
    read: (offset, length, signal) => abortable(readFully(file.handle, offset, length), signal),
    holds: async (bytes) => bytes <= file.size,
  };
  return { archive, release: () => closeQuietly(file) };
}
