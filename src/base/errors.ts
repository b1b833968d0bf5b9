/**
 * The one error class. A broken photograph is never an ImgdError: it is a row. An ImgdError ends a command, a job or an
 * attempt, and its code says who has to act.
 */
export const errorCodes = [
  'usage', // the caller asked for something that can't be: exit 2, nothing was read
  'not_found', // a folder, model or output that isn't there
  'permission_denied',
  'conflict', // the output holds another job
  'invalid_model', // a model package that doesn't keep its contract
  'data_loss', // a checksum or an fsync that failed: what was written can't be trusted
  'resource_exhausted', // disk full, out of memory, too many open files
  'unavailable', // may work later or elsewhere
  'deadline_exceeded',
  'cancelled',
  'internal', // a bug in imgd
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** Who can repair it: nobody (fatal), another node (node), time (transient). */
export type FailureClass = 'fatal' | 'node' | 'transient';

const classes: Partial<Record<ErrorCode, FailureClass>> = {
  resource_exhausted: 'node',
  data_loss: 'node',
  unavailable: 'transient',
  deadline_exceeded: 'transient',
};

/** What a failed system call means, by its errno name. */
const systemCodes: Record<string, ErrorCode> = {
  ENOENT: 'not_found',
  ENOTDIR: 'not_found',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
  EROFS: 'permission_denied',
  ENOSPC: 'resource_exhausted',
  EDQUOT: 'resource_exhausted',
  EMFILE: 'resource_exhausted',
  ENFILE: 'resource_exhausted',
  ENOMEM: 'resource_exhausted',
  EIO: 'data_loss',
  ETIMEDOUT: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
};

export interface ErrorDetail {
  /** One sentence: what to do now. */
  readonly hint?: string;
  readonly cause?: unknown;
}

export class ImgdError extends Error {
  override readonly name = 'ImgdError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.hint = detail.hint;
  }

  get failureClass(): FailureClass {
    return classes[this.code] ?? 'fatal';
  }

  /** The only normaliser; idempotent. Unknown errors become `internal` with the original as cause. */
  static from(error: unknown): ImgdError {
    if (error instanceof ImgdError) return error;
    if (!(error instanceof Error)) return new ImgdError('internal', String(error), { cause: error });
    if (error.name === 'AbortError') return new ImgdError('cancelled', 'cancelled', { cause: error });
    if (error.name === 'TimeoutError') return new ImgdError('deadline_exceeded', error.message, { cause: error });
    const errno = (error as NodeJS.ErrnoException).code;
    const code = errno === undefined ? undefined : systemCodes[errno];
    return new ImgdError(code ?? 'internal', error.message, { cause: error });
  }
}
