import { ImgdError } from '../base/errors.js';
import type { Row } from '../ops/row.js';

/** `accepted = predicted + filtered + failed`, and the failed ones by code. */
export interface RowCounts {
  readonly predicted: number;
  readonly filtered: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
}

export const noRows: RowCounts = { predicted: 0, filtered: 0, failed: 0, failures: {} };

export const rowsOf = ({ predicted, filtered, failed }: RowCounts): number => predicted + filtered + failed;

export const addCounts = (left: RowCounts, right: RowCounts): RowCounts => {
  const failures = { ...left.failures };
  for (const [code, count] of Object.entries(right.failures)) failures[code] = (failures[code] ?? 0) + count;
  return {
    predicted: left.predicted + right.predicted,
    filtered: left.filtered + right.filtered,
    failed: left.failed + right.failed,
    failures,
  };
};

export interface Tally {
  /** Throws ImgdError data_loss where the row is not the next one: lost, double, phantom or out of order. */
  count(row: Pick<Row, 'index' | 'status' | 'reason'>): void;
  /** Throws ImgdError data_loss where rows are missing at the end. */
  finish(): RowCounts;
}

/**
 * Counts the rows of a part, which must be exactly first … first + count − 1, each once, in this order. `where` is named
 * in the error. Without a range, rows must only ascend by one.
 */
export const createTally = (where: string, range?: { readonly first: number; readonly count: number }): Tally => {
  const counts = { predicted: 0, filtered: 0, failed: 0 };
  const failures: Record<string, number> = {};
  let next = range?.first;
  const breach = (what: string) => new ImgdError('data_loss', `${where}: ${what}`);
  return {
    count({ index, status, reason }) {
      if (next !== undefined && index !== next) throw breach(`row ${index} stands where row ${next} should`);
      if (range !== undefined && index >= range.first + range.count) throw breach(`row ${index} is not of this part`);
      if (!Object.hasOwn(counts, status)) throw breach(`row ${index} has the unknown status ${status}`);
      counts[status] += 1;
      if (status === 'failed') failures[reason ?? 'unknown'] = (failures[reason ?? 'unknown'] ?? 0) + 1;
      next = index + 1;
    },
    finish() {
      if (range !== undefined && next !== range.first + range.count) {
        throw breach(`it ends before row ${next}, ${range.first + range.count - (next ?? 0)} rows are missing`);
      }
      return { ...counts, failures };
    },
  };
};
