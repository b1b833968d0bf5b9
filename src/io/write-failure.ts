import { ImgdError } from '../base/errors.js';

const errnoOf = (error: unknown) => (error as NodeJS.ErrnoException | null)?.code;

/** A failed write, with what the user can do about it. `where` is the output's location. Idempotent. */
export const writeFailure = (error: unknown, where: string): ImgdError => {
  if (error instanceof ImgdError) return error;
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new ImgdError('resource_exhausted', `no space left for ${where}`, {
        hint: 'Free some space and run the same command again: it goes on where it stopped.',
        cause: error,
      });
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new ImgdError('permission_denied', `cannot write to ${where}`, {
        hint: 'Choose another --out, or change the permissions of this one.',
        cause: error,
      });
    case 'ENOTDIR':
      return new ImgdError('not_found', `${where} is not a folder`, { hint: 'Choose another --out.', cause: error });
    default:
      return ImgdError.from(error);
  }
};

/**
 * A failed fsync: the kernel may have dropped the pages and says so once, so what was written can't be trusted and a
 * second fsync proves nothing. Only a full disk keeps its own meaning.
 */
export const syncFailure = (error: unknown, where: string): ImgdError => {
  const code = errnoOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return writeFailure(error, where);
  return new ImgdError('data_loss', `the disk did not confirm what was written to ${where}`, {
    hint: 'Check the disk; run the same command again when it is sound.',
    cause: error,
  });
};
