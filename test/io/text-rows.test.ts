import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvColumnNames, csvHeader, csvLine } from '../../src/io/csv-writer.js';
import { shortestFloat } from '../../src/io/float-text.js';
import { jsonlLine } from '../../src/io/jsonl-writer.js';
import { openMemoryStore } from '../../src/io/output-store-memory.js';
import { openPartFile } from '../../src/io/part-file.js';
import { csvRecords } from '../../src/io/part-records.js';
import { outputColumns } from '../../src/io/row-schema.js';
import { createRowWriter } from '../../src/io/row-writer.js';
import { extraColumns } from '../../src/ops/row.js';
import { anyRow, failedRow, metadata, plainRow } from './sample-rows.js';
import { collect, useTempFolders } from './temp-folder.js';

const makeFolder = useTempFolders();
const all = outputColumns(extraColumns, false);

describe('JSONL', () => {
  test('a row is one line with every column, arrays as arrays, bytes as base64', () => {
    const line = jsonlLine(plainRow(3, { data: Uint8Array.of(1, 2, 255), predictions: Float32Array.of(0.1) }), all);
    expect(line.endsWith('}\n')).toBe(true);
    expect(JSON.parse(line)).toMatchObject({
      index: 3,
      label: ['dog', 'cat'],
      score: [0.75, 0.125],
      data: 'AQL/',
      predictions: [0.1],
      embedding: null,
    });
    expect(Object.keys(JSON.parse(line) as object)).toEqual(all.map(({ name }) => name));
    expect(jsonlLine(failedRow(0)).split('\n')).toHaveLength(2);
  });

  test('list arrays are arrays of numbers', () => {
    const columns = outputColumns(['data', 'data_as_array'], true);
    const row = JSON.parse(
      jsonlLine(plainRow(0, { data: Uint8Array.of(1), data_as_array: Uint8Array.of(9, 8) }), columns),
    );
    expect(row).toMatchObject({ data: 'AQ==', data_as_array: [9, 8] });
  });

  test('floats are the shortest decimal of the same 32 bits', () => {
    expect(shortestFloat(Math.fround(0.8734))).toBe(0.8734);
    expect(shortestFloat(Math.fround(1 / 3))).toBe(0.33333334);
    expect(shortestFloat(0)).toBe(0);
    expect(shortestFloat(Number.NaN)).toBeNull();
    const exact = fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Math.fround(shortestFloat(value) ?? Number.NaN) + 0).toBe(value + 0);
    });
    fc.assert(exact, { seed: 3, numRuns: 2000 });
  });
});

describe('CSV', () => {
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\nx'])('the cell %j is made harmless', (origin) => {
    const line = csvLine(plainRow(0, { origin }));
    expect(line).toMatch(/^0,"?'/);
  });

  test('numbers stay numbers, negative ones too', () => {
    const line = csvLine(plainRow(0, { score: [-1.5], label: ['-x'], pred_id: ['n1'], mode: -1 }));
    expect(line).toContain(',-1,3,');
    expect(line).toContain(`,n1,'-x,-1.5,"[[""n1"",""-x"",-1.5]]",`);
  });

  test('the best class is flat, the rest is JSON in `top`', async () => {
    expect(csvHeader()).toContain(',pred_id,label,score,top,locality,');
    const path = join(await makeFolder(), 'a.csv');
    const writer = await createRowWriter('csv', path, { columns: [], listArrays: false, metadata: metadata(0, 2) });
    await writer.write([plainRow(0, { message: 'a "quoted", word\nand a line' }), failedRow(1)]);
    await writer.finish();
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const found = await connection.runAndReadAll(
      `SELECT label, score, top, message, status, mode FROM read_csv('${path}', header = true) ORDER BY index`,
    );
    expect(found.getRowObjectsJson()).toEqual([
      {
        label: 'dog',
        score: 0.75,
        top: '[["n02084071","dog",0.75],["n02121808","cat",0.125]]',
        message: 'a "quoted", word\nand a line',
        status: 'predicted',
        mode: '16',
      },
      { label: null, score: null, top: null, message: expect.stringContaining('ends'), status: 'failed', mode: null },
    ]);
    connection.closeSync();
    instance.closeSync();
  });

  test('any row: as many cells as columns, none begins like a formula, and none is lost', async () => {
    const check = fc.asyncProperty(anyRow, async (row) => {
      const store = openMemoryStore();
      await store.createExclusive('data/a.csv', Buffer.from(csvHeader(all) + csvLine(row, all)));
      const file = await openPartFile(store, 'data/a.csv');
      const records = await collect(csvRecords(file!));
      expect(records).toHaveLength(1);
      const record = records[0]!;
      expect(Object.keys(record)).toEqual(csvColumnNames(all));
      for (const [name, value] of Object.entries(record)) {
        if (/^[=+@\t\r\n]/.test(value) || (value.startsWith('-') && !Number.isFinite(Number(value)))) {
          expect.fail(`${name} is ${JSON.stringify(value)}`);
        }
      }
      expect(record.origin?.replace(/^'/, '')).toBe(row.origin.replace(/^'/, ''));
      expect(record.message?.replace(/^'/, '')).toBe((row.message ?? '').replace(/^'/, ''));
    });
    await fc.assert(check, { seed: 11, numRuns: 200 });
  });
});
