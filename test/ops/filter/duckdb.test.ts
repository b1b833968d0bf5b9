import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from '../../../src/ops/filter/compile.js';
import { condition } from '../../../src/ops/filter/evaluator.js';
import { type FilterRecord, filterFields } from '../../../src/ops/filter/fields.js';
import { parse } from '../../../src/ops/filter/parse.js';
import { type GeneratedFilter, generatedFilter, generatedPrecedence, generatedRecord } from './generated-filter.js';

const seed = 20_250_301;
const duckTypes = { number: 'DOUBLE', string: 'VARCHAR', boolean: 'BOOLEAN' };
const duckValue = (value: number | string | boolean | null) =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);

describe('generated filters, with DuckDB as the oracle', () => {
  const records: readonly FilterRecord[] = fc.sample(generatedRecord, { seed, numRuns: 60 });
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;

  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:', { threads: '1', enable_external_access: 'false' });
    connection = await instance.connect();
    // a / 0 is NULL, as Spark has it and DuckDB had; its newer versions give infinity unless told so
    await connection.run('SET ieee_floating_point_ops = false');
    const columns = filterFields.map(({ name, type }) => `"${name}" ${duckTypes[type]}`);
    await connection.run(`CREATE TABLE image (id INTEGER, ${columns.join(', ')})`);
    const rows = records.map((record, id) => `(${[id, ...filterFields.map(({ name }) => duckValue(record[name]))]})`);
    await connection.run(`INSERT INTO image VALUES ${rows.join(', ')}`);
  });
  afterAll(() => {
    connection.closeSync();
    instance.closeSync();
  });

  /** Every filter against every record; says where the two differ, and how often which result came. */
  async function compare(filters: readonly GeneratedFilter[]) {
    const differences: string[] = [];
    const results = new Map<unknown, number>();
    for (let from = 0; from < filters.length; from += 50) {
      const batch = filters.slice(from, from + 50);
      const select = batch.map(({ duckdb }, i) => `(${duckdb}) AS e${i}`).join(', ');
      const rows = (await connection.runAndReadAll(`SELECT ${select} FROM image ORDER BY id`)).getRows();
      for (const [column, { text }] of batch.entries()) {
        const filter = compileFilter(text);
        const holds = condition(parse(text));
        for (const [row, record] of records.entries()) {
          const theirs = rows[row]![column];
          const ours = holds(record);
          results.set(ours, (results.get(ours) ?? 0) + 1);
          if (ours === theirs && filter.test(record).keep === (theirs === true)) continue;
          differences.push(`${text} is ${ours}, in DuckDB ${theirs}, for ${JSON.stringify(record)}`);
        }
      }
    }
    return { differences: differences.slice(0, 3), results };
  }

  const compiles = ({ text }: GeneratedFilter): boolean => {
    try {
      compileFilter(text);
      return true;
    } catch {
      return false;
    }
  };

  test('every filter gives the same true, false or NULL for every record', async () => {
    const filters = fc.sample(generatedFilter, { seed, numRuns: 800 });
    const { differences, results } = await compare(filters);
    expect(differences).toEqual([]);
    for (const result of [true, false, null]) expect(results.get(result)).toBeGreaterThan(4000);
  });

  test('a filter whose parentheses were left out is read as the same tree', async () => {
    const filters = fc.sample(generatedPrecedence, { seed, numRuns: 1500 }).filter(compiles);
    expect(filters.length).toBeGreaterThan(500);
    const { differences } = await compare(filters);
    expect(differences).toEqual([]);
  });
});
