import type { Entry } from '../io/source.js';
import type { Row } from '../ops/row.js';

/** An example of a failure for people. */
export interface FailureExample {
  count: number;
  readonly example: string;
}

export interface JobCounts {
  readonly predicted: number;
  readonly filtered: number;
  readonly failed: number;
  /** By code. */
  readonly failures: Readonly<Record<string, FailureExample>>;
  /** Pictures by `decode_path`. */
  readonly roads: Readonly<Record<string, number>>;
}

/** How far the job is, from the rows of this run and from what stood in the output before. */
export interface JobProgress extends JobCounts {
  /** Inputs planned so far; all of them once `listed`. */
  readonly accepted: number;
  readonly listed: boolean;
  /** Rows made or found. */
  readonly done: number;
  readonly bytesDone: number;
  /** Null once an input's size is unknown before it is read. */
  readonly bytesTotal: number | null;
  /** What of `done` and `bytesDone` stood in the output before. */
  readonly resumed: { readonly done: number; readonly bytes: number };
}

type Counted = Pick<Row, 'status' | 'reason' | 'message' | 'origin' | 'decode_path'>;

interface PartTally {
  done: number;
  bytes: number;
  readonly rows: Counted[];
}

/**
 * Counts rows by part, because the rows of an attempt that failed don't count: another attempt makes them again.
 */
export class JobTally {
  #accepted = 0;
  #listed = false;
  #found = 0;
  #bytesFound = 0;
  #bytesTotal: number | null = 0;
  readonly #parts = new Map<number, PartTally>();
  #settled = { predicted: 0, filtered: 0, failed: 0, done: 0, bytes: 0 };
  readonly #failures: Record<string, FailureExample> = {};
  readonly #roads: Record<string, number> = {};

  planned(entries: readonly Entry[], alreadyThere: boolean): void {
    const bytes = entries.reduce((sum, entry) => sum + (entry.size ?? 0), 0);
    this.#accepted += entries.length;
    const sized = entries.every((entry) => entry.size !== null || entry.refused !== undefined);
    this.#bytesTotal = sized && this.#bytesTotal !== null ? this.#bytesTotal + bytes : null;
    if (!alreadyThere) return;
    this.#found += entries.length;
    this.#bytesFound += bytes;
  }

  planEnded(): void {
    this.#listed = true;
  }

  rows(part: number, rows: readonly Row[]): void {
    const tally = this.#parts.get(part) ?? { done: 0, bytes: 0, rows: [] };
    this.#parts.set(part, tally);
    for (const { status, reason, message, origin, decode_path, bytes } of rows) {
      tally.rows.push({ status, reason, message, origin, decode_path });
      tally.bytes += bytes ?? 0;
    }
    tally.done += rows.length;
  }

  lost(part: number): void {
    this.#parts.delete(part);
  }

  committed(part: number): void {
    const tally = this.#parts.get(part);
    if (tally === undefined) return;
    this.#parts.delete(part);
    this.#settled.done += tally.done;
    this.#settled.bytes += tally.bytes;
    for (const { status, reason, message, origin, decode_path } of tally.rows) {
      this.#settled[status]++;
      if (status === 'failed') {
        const code = reason ?? 'decode_error';
        this.#failures[code] ??= { count: 0, example: `${origin}: ${message}` };
        this.#failures[code].count++;
      }
      if (decode_path !== null) this.#roads[decode_path] = (this.#roads[decode_path] ?? 0) + 1;
    }
  }

  get found(): number {
    return this.#found;
  }

  progress(): JobProgress {
    const { predicted, filtered, failed, done, bytes } = this.#settled;
    const state = { predicted, filtered, failed, done: done + this.#found, bytes: bytes + this.#bytesFound };
    for (const part of this.#parts.values()) {
      state.done += part.done;
      state.bytes += part.bytes;
      for (const row of part.rows) state[row.status]++;
    }
    return {
      accepted: this.#accepted,
      listed: this.#listed,
      done: state.done,
      predicted: state.predicted,
      filtered: state.filtered,
      failed: state.failed,
      failures: this.#failures,
      roads: this.#roads,
      bytesDone: state.bytes,
      bytesTotal: this.#bytesTotal,
      resumed: { done: this.#found, bytes: this.#bytesFound },
    };
  }
}
