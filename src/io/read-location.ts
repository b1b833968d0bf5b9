import { constants as buffers } from 'node:buffer';
import { closeSync, constants, fstatSync, open, read, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Failure } from '../ops/row.js';
import type { Location } from './source.js';
import { abortable } from './sources/abortable.js';
import { fileVersion, isWithin, realPath } from './sources/file-entry.js';
import { isFolder, isSpecial, refusedPath, systemFailure } from './sources/system-failure.js';
import { type ByteString, byteString, bytesOf, decodeBytes } from './uri.js';

// plain descriptors: a FileHandle costs about twice as much for files of some tens of kilobytes. What may wait for a disk or
// a server goes to a thread; what the kernel knows of an open file is asked here, which costs less than going there
const openFile = promisify(open);
const readFile = promisify(read);

// NONBLOCK: a FIFO without a writer opens at once (and is then refused) instead of holding a thread for ever
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** One read(2) gives at most this much. */
const maxRead = 1 << 30;

const changed: Failure = { code: 'input_changed', message: 'The file was changed after it was listed.' };
const empty: Failure = { code: 'empty', message: 'The file is empty.' };
const escaped: Failure = { code: 'invalid_path', message: 'The path leads outside of the folder.' };

/**
 * The bytes of a location, or why there are none. Only a regular file that still has the listed version and really lies under
 * the location's root is read, never more than `limitBytes`. May be called concurrently. Rejects with the signal's reason at
 * once when aborted, and with ImgdError `resource_exhausted` when this process has no descriptors or memory left.
 */
export function readLocation(location: Location, limitBytes: number, signal: AbortSignal): Promise<Buffer | Failure> {
  return signal.aborted ? Promise.reject(signal.reason) : abortable(openAndRead(location, limitBytes, signal), signal);
}

async function openAndRead(location: Location, limitBytes: number, signal: AbortSignal): Promise<Buffer | Failure> {
  const path = bytesOf(decodeBytes(location.path));
  const refused = refusedPath(path);
  if (refused !== undefined) return refused;
  let fd: number;
  try {
    fd = await openFollowing(path);
  } catch (error) {
    return systemFailure(error);
  }
  try {
    return await readOpened(fd, path, location, limitBytes, signal);
  } catch (error) {
    return systemFailure(error);
  } finally {
    closeSync(fd);
  }
}

/** A link is resolved and what it leads to opened; the opened file then has to lie under the root, wherever that was. */
async function openFollowing(path: Buffer): Promise<number> {
  try {
    return await openFile(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error;
    return await openFile(bytesOf(await realPath(byteString(path))), flags);
  }
}

async function readOpened(
  fd: number,
  path: Buffer,
  location: Location,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Buffer | Failure> {
  const stats = fstatSync(fd, { bigint: true });
  if (stats.isDirectory()) return isFolder;
  if (!stats.isFile()) return isSpecial;
  if (location.root !== null && !isWithin(await realPathOf(fd, path), decodeBytes(location.root))) return escaped;
  if (location.version !== null && location.version !== fileVersion(stats)) return changed;
  const held = Number(stats.size) - location.offset;
  const length = location.length ?? held;
  if (length > held) return changed;
  if (length <= 0) return empty;
  const limit = Math.min(limitBytes, buffers.MAX_LENGTH);
  if (length > limit)
    return { code: 'too_large', message: `It has ${count(length)} bytes; the limit is ${count(limit)}.` };
  // allocUnsafeSlow: the bytes are handed on, so they must not share a pool's slab
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    signal.throwIfAborted();
    const { bytesRead } = await readFile(fd, bytes, done, Math.min(length - done, maxRead), location.offset + done);
    if (bytesRead === 0) return changed;
    done += bytesRead;
  }
  return bytes;
}

/** Where the opened file really is. Linux tells it for the descriptor itself, which no swapped link can fool. */
async function realPathOf(fd: number, path: Buffer): Promise<ByteString> {
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`, { encoding: 'latin1' }) as ByteString;
    } catch {
      // no /proc in this container: the path itself must do
    }
  }
  return await realPath(byteString(path));
}

const count = (bytes: number): string => bytes.toLocaleString('en');
