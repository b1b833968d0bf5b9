import type { CoefficientTable } from './coefficient-table.js';

/** Output rows `from` to `to` (exclusive), which need source rows `first` to `last` (exclusive). */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Cuts the output's rows into bands whose source rows, and whose own rows, stay within the limits: a picture of any height
 * passes through a memory of fixed size. Nearly always one band; a band has at least one row.
 */
export const cutBands = (
  { starts, ends }: CoefficientTable,
  limits: { readonly sourceRows: number; readonly outputRows: number },
): Band[] => {
  const bands: Band[] = [];
  for (let from = 0; from < starts.length; ) {
    const first = starts[from]!;
    let to = from + 1;
    let last = ends[from]!;
    while (to < starts.length && to - from < limits.outputRows && ends[to]! - first <= limits.sourceRows) {
      last = Math.max(last, ends[to]!);
      to++;
    }
    bands.push({ from, to, first, last });
    from = to;
  }
  return bands;
};
