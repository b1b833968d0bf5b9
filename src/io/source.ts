/**
 * Where bytes come from. Names are bytes: a URI percent-encodes them, so any file name survives a round trip.
 * Implementations: fs, list, stdin, tar; s3 and http join later. All of them pass test/io/source-suite.
 */
import type { Failure } from '../ops/row.js';

/** One input as listed. `index` comes later, from the plan. */
export interface Entry {
  /** `file:///a/b%20c.jpg`, `tar+file:///a/b.tar#dir/c.jpg` (member name percent-encoded). */
  readonly uri: string;
  /** Bytes; null where only reading tells. */
  readonly size: number | null;
  /** Equal versions are equal bytes: `mtime ns-size` for files, the archive's version and the member's offset for members. */
  readonly version: string | null;
  /** Tar members: byte offset of the content in the (unpacked) archive. */
  readonly offset?: number;
  /** Known at listing time to have no bytes for us (missing, a directory, a FIFO, NUL in its name …). */
  readonly refused?: Failure;
}

/** Opaque place in a listing, JSON-safe; what comes after it is what `list(after)` yields. */
export type Cursor = string;

export interface Listed {
  readonly entry: Entry;
  /** The place just after this entry. */
  readonly cursor: Cursor;
}

/** A range of a regular file on this machine: what every source comes down to before an executor reads it. */
export interface Location {
  /** Absolute path, percent-encoded like the URI's path (bytes). */
  readonly path: string;
  readonly offset: number;
  /** Bytes; null: to the end of the file. */
  readonly length: number | null;
  /** The file's `mtime ns-size` as listed; another one is `input_changed`. Null: not checked. */
  readonly version: string | null;
  /** The file that is really opened must lie under this folder (percent-encoded); null: anywhere. */
  readonly root: string | null;
}

export interface Source {
  /** Bytewise order, streamed; never holds more than one folder's names. May be called again with a later cursor. */
  list(after: Cursor | undefined, signal: AbortSignal): AsyncIterable<Listed>;
  /** Where this machine can read the entry now. May unpack or download into a bounded spool. */
  locate(entry: Entry, signal: AbortSignal): Promise<Location | Failure>;
  /** What `list` passed over so far, for the sentence `214 other files ignored`. */
  readonly ignored: number;
  close(): Promise<void>;
}
