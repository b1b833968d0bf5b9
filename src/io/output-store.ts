/**
 * Where an output lives. One primitive carries plan, commit and end: creation that exactly one caller wins.
 * Implementations: fs (link), memory (with injected faults, for simulation). Both pass test/io/output-store-suite.
 */
export interface TempFile {
  /** Name below the output, always under `_tmp/`. */
  readonly name: string;
  /** Absolute path that a writer may open; only for stores on a file system. */
  readonly path: string;
}

export type Creation = 'created' | 'exists';

export interface OutputStore {
  /** Where people find it: an absolute path or a URI. */
  readonly location: string;
  /**
   * Creates `name` with `content`, durable before it resolves. `exists`: somebody else's bytes stand there (our own, after a
   * repeated call, count as created). Throws ImgdError: resource_exhausted (disk full), data_loss (fsync failed: nothing was
   * created and the content must be made anew), permission_denied.
   */
  createExclusive(name: string, content: Uint8Array | TempFile): Promise<Creation>;
  /** Undefined where there is nothing. */
  read(name: string): Promise<Buffer | undefined>;
  /** Names below the output that begin with `prefix`, in bytewise order. */
  list(prefix: string): AsyncIterable<string>;
  /** A fresh private name for an attempt. */
  temp(label: string): Promise<TempFile>;
  /** Deletes a temporary file; a missing one is no error. Never touches anything outside `_tmp/`. */
  discard(file: TempFile): Promise<void>;
  /** Deletes what this job's dead attempts left in `_tmp/`. Called after the end, by the writer of the end. */
  sweep(): Promise<void>;
}
