import { type CoefficientTable, coefficientTable, type Precision } from './coefficient-table.js';
import type { Axis, Convolution } from './weights.js';

export type TableLookup = (kernel: Convolution, axis: Axis, precision: Precision, group: number) => CoefficientTable;

/**
 * Photographs come in few sizes: a table is made once and kept while it is among the `entries` used last. Tables above
 * `bytes` (very wide pictures) are not kept.
 */
export const createTableCache = (entries = 64, bytes = 256 * 1024): TableLookup => {
  const tables = new Map<string, CoefficientTable>();
  return (kernel, axis, precision, group) => {
    const key = `${kernel} ${precision} ${group} ${axis.size} ${axis.start} ${axis.end} ${axis.out}`;
    const known = tables.get(key);
    if (known !== undefined) {
      tables.delete(key);
      tables.set(key, known);
      return known;
    }
    const table = coefficientTable(kernel, axis, precision, group);
    if (table.limbs.byteLength <= bytes) {
      tables.set(key, table);
      if (tables.size > entries) tables.delete(tables.keys().next().value!);
    }
    return table;
  };
};
