import { ImgdError } from '../../base/errors.js';
import type { Failure } from '../../ops/row.js';

/** The longest path that is tried, in bytes (Linux' PATH_MAX). */
const maxPathBytes = 4096;

const pathTooLong: Failure = {
  code: 'invalid_path',
  message: `The path is longer than ${maxPathBytes.toLocaleString('en')} bytes.`,
};
const pathHasNul: Failure = { code: 'invalid_path', message: 'The path contains a NUL byte.' };
export const isFolder: Failure = { code: 'not_a_file', message: 'It is a folder, not a file.' };
export const isSpecial: Failure = { code: 'not_a_file', message: 'It is a pipe, a socket or a device, not a file.' };
const denied: Failure = { code: 'permission_denied', message: 'This user is not permitted to read it.' };

const meanings: Readonly<Record<string, Failure>> = {
  ENOENT: { code: 'not_found', message: 'There is no file of this name.' },
  ENOTDIR: { code: 'not_found', message: 'There is no file of this name: a part of its path is not a folder.' },
  EACCES: denied,
  EPERM: denied,
  ENAMETOOLONG: { code: 'invalid_path', message: 'The path is longer than the system allows.' },
  ELOOP: { code: 'invalid_path', message: 'The path ends in a symbolic link that is not followed.' },
  ENXIO: isSpecial,
  ENODEV: isSpecial,
};

/** Trouble of this process, not of the input. */
const ours = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/**
 * What a failed system call says about an input. Throws what says nothing about it: ImgdError `resource_exhausted` when this
 * process has run out of file descriptors or memory, and any error that no system call made.
 */
export function systemFailure(error: unknown): Failure {
  const errno = (error as NodeJS.ErrnoException).code;
  if (errno === undefined || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
  if (ours.has(errno)) throw ImgdError.from(error);
  return meanings[errno] ?? { code: 'source_error', message: `The storage reported an error (${errno}).` };
}

/** Why a path is refused without asking the file system; undefined for one that may be tried. */
export function refusedPath(path: Buffer): Failure | undefined {
  if (path.length > maxPathBytes) return pathTooLong;
  if (path.includes(0)) return pathHasNul;
  return undefined;
}
