import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ImgdError } from '../../base/errors.js';
import { type ByteString, bytesOf, displayPath } from '../uri.js';
import { abortable } from './abortable.js';
import { fileVersion } from './file-entry.js';

export interface RegularFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly version: string;
}

/**
 * Opens a file that inputs are listed from (`what`: 'list', 'archive'). Throws ImgdError: it is away, not to be read, or a pipe,
 * which could not be read again on a resume; and the signal's reason.
 */
export async function openRegular(path: ByteString, what: string, signal: AbortSignal): Promise<RegularFile> {
  signal.throwIfAborted();
  const opening = openChecked(path, what);
  try {
    return await abortable(opening, signal);
  } catch (error) {
    // an open that ends after the abort must not leave its descriptor
    opening.then(closeQuietly, () => {});
    throw error;
  }
}

/** Ends the use of a handle without waiting for a read that may hang. */
export function closeQuietly({ handle }: Pick<RegularFile, 'handle'>): void {
  handle.close().catch(() => {});
}

async function openChecked(path: ByteString, what: string): Promise<RegularFile> {
  const name = displayPath(bytesOf(path));
  let handle: FileHandle | undefined;
  try {
    // NONBLOCK: opening a pipe must not wait for its writer
    handle = await open(bytesOf(path), constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat({ bigint: true });
    if (stats.isFile()) return { handle, size: Number(stats.size), version: fileVersion(stats) };
    throw new ImgdError('usage', `the ${what} ${name} is not a regular file`, {
      hint: 'What can be read only once is given on standard input: imgctl run -',
    });
  } catch (error) {
    if (handle !== undefined) closeQuietly({ handle });
    throw named(error, what, name);
  }
}

function named(error: unknown, what: string, name: string): ImgdError {
  const known = ImgdError.from(error);
  if (known === error) return known;
  if (known.code === 'not_found') return new ImgdError('not_found', `there is no ${what} ${name}`, { cause: error });
  if (known.code === 'permission_denied') {
    return new ImgdError('permission_denied', `this user is not permitted to read the ${what} ${name}`, {
      cause: error,
    });
  }
  return new ImgdError(known.code, `the ${what} ${name} can't be read: ${known.message}`, { cause: error });
}
