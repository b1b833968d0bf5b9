/** Outputs as a stranger reads them: DuckDB over a plain glob of `data/`; and as the plan promises them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { partNumber } from '../../dist/io/layout.js';

/** Rows as `{index, origin, status, reason, attempt, format, decode_path}`, by index; none where no part stands. */
export async function globRows(output) {
  const data = join(output, 'data');
  if (!existsSync(data) || !readdirSync(data).some((name) => name.endsWith('.parquet'))) return [];
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const glob = join(data, '*.parquet').replaceAll("'", "''");
    const columns = '"index", origin, status, reason, attempt, format, decode_path';
    const rows = await connection.runAndReadAll(`select ${columns} from read_parquet('${glob}') order by "index"`);
    return rows.getRowObjects().map((row) => ({ ...row, index: Number(row.index) }));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** How rows of inputs 0 to count - 1 breach the promise of one row each. */
export function conservation(rows, count) {
  const seen = new Set(rows.map(({ index }) => index));
  const known = [...seen].filter((index) => index >= 0 && index < count).length;
  return { lost: count - known, double: rows.length - seen.size, phantom: seen.size - known };
}

/** Counts the rows that are committed, cheaply enough to be asked twice a second. */
export function createProgressReader(output) {
  const sizes = new Map();
  const read = new Set();
  return () => {
    const plan = join(output, '_plan');
    if (existsSync(plan)) {
      for (const name of readdirSync(plan)) {
        if (read.has(name) || !/^\d+\.json$/.test(name)) continue;
        read.add(name);
        const { parts = [] } = JSON.parse(readFileSync(join(plan, name), 'utf8'));
        for (const [number, , count] of parts) sizes.set(number, count);
      }
    }
    const data = join(output, 'data');
    if (!existsSync(data)) return 0;
    const numbers = readdirSync(data).map((name) => partNumber(`data/${name}`, 'parquet'));
    return numbers.reduce((sum, number) => sum + (sizes.get(number) ?? 0), 0);
  };
}
