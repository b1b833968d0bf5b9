import { createHash } from 'node:crypto';
import { ImgdError } from '../base/errors.js';
import { openSource } from '../io/open-source.js';
import { readLocation } from '../io/read-location.js';
import type { Location } from '../io/source.js';
import { locateFile } from '../io/sources/file-entry.js';
import { fileUri, partsOfTarUri, pathOfUri } from '../io/uri.js';
import { type Failure, isFailure, type Row } from '../ops/row.js';

export type Wanted = Pick<Row, 'origin' | 'sha256'>;

const changed: Failure = { code: 'input_changed', message: 'The original has been changed since.' };
const gone: Failure = { code: 'not_found', message: 'The archive has no such member any more.' };
const neverRead: Failure = { code: 'source_error', message: 'Its bytes were never read.' };

/**
 * The bytes that rows were made from, as far as this machine still has them: files first, then the members of each archive,
 * which is walked once. Only bytes with the row's SHA-256 come: an output from elsewhere can't make this machine show any
 * other file. Reads one at a time, when asked for the next. Rejects with the signal's reason.
 */
export async function* readOriginals<T extends Wanted>(
  rows: Iterable<T>,
  limitBytes: number,
  signal: AbortSignal,
): AsyncGenerator<{ readonly row: T; readonly bytes: Buffer | Failure }> {
  const archives = new Map<string, Map<string, T>>();
  for (const row of rows) {
    const archive = archiveOf(row.origin);
    if (archive !== undefined) {
      const members = archives.get(archive) ?? new Map<string, T>();
      archives.set(archive, members.set(row.origin, row));
    } else {
      yield { row, bytes: await readChecked(row, locateOrigin(row.origin), limitBytes, signal) };
    }
  }
  for (const [archive, members] of archives) yield* readMembers(archive, members, limitBytes, signal);
}

async function* readMembers<T extends Wanted>(
  archive: string,
  members: Map<string, T>,
  limitBytes: number,
  signal: AbortSignal,
): AsyncGenerator<{ readonly row: T; readonly bytes: Buffer | Failure }> {
  const source = openSource({ kind: 'tar', path: archive, allFiles: true });
  let missing = gone;
  try {
    for await (const { entry } of source.list(undefined, signal)) {
      const row = members.get(entry.uri);
      if (row === undefined) continue;
      const bytes = await readChecked(row, await source.locate(entry, signal), limitBytes, signal);
      members.delete(entry.uri);
      yield { row, bytes };
      if (members.size === 0) return;
    }
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = ImgdError.from(error);
    missing = { code: code === 'not_found' ? 'not_found' : 'source_error', message };
  } finally {
    await source.close();
  }
  for (const row of members.values()) yield { row, bytes: missing };
}

async function readChecked(
  row: Wanted,
  location: Location | Failure,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Buffer | Failure> {
  if (row.sha256 === null) return neverRead;
  if (isFailure(location)) return location;
  const bytes = await readLocation(location, limitBytes, signal);
  if (isFailure(bytes)) return bytes;
  return createHash('sha256').update(bytes).digest('hex') === row.sha256 ? bytes : changed;
}

function archiveOf(origin: string): string | undefined {
  try {
    const parts = partsOfTarUri(origin);
    return parts === undefined ? undefined : fileUri(parts.archive);
  } catch {
    return undefined;
  }
}

function locateOrigin(origin: string): Location | Failure {
  let path: Buffer;
  try {
    path = pathOfUri(origin);
  } catch {
    return { code: 'source_error', message: 'Its origin is not a file of this machine.' };
  }
  return locateFile(path, null, null);
}
