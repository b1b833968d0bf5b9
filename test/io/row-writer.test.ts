import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { createRowWriter } from '../../src/io/row-writer.js';
import { extraColumns, type Row } from '../../src/ops/row.js';
import { failedRow, filteredRow, metadata, plainRow } from './sample-rows.js';
import { useTempFolders } from './temp-folder.js';

const makeFolder = useTempFolders();

const query = async (sql: string): Promise<Record<string, unknown>[]> => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, unknown>[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

const writeParquet = async (
  rows: readonly Row[],
  { columns = [] as readonly (typeof extraColumns)[number][], listArrays = false, first = rows[0]?.index ?? 0 } = {},
) => {
  const path = join(await makeFolder(), 'part.parquet');
  const writer = await createRowWriter('parquet', path, {
    columns,
    listArrays,
    metadata: metadata(first, rows.length),
  });
  await writer.write(rows);
  return { path, written: await writer.finish() };
};

const described = async (path: string) =>
  (await query(`DESCRIBE SELECT * FROM '${path}'`)).map(
    ({ column_name, column_type }) => `${column_name} ${column_type}`,
  );

const base = [
  'index BIGINT',
  'origin VARCHAR',
  'height INTEGER',
  'width INTEGER',
  'mode INTEGER',
  'nChannels INTEGER',
  'format VARCHAR',
  'bytes BIGINT',
  'sha256 VARCHAR',
  'status VARCHAR',
  'reason VARCHAR',
  'message VARCHAR',
  'pred_id VARCHAR[]',
  'label VARCHAR[]',
  'score FLOAT[]',
  'locality VARCHAR',
  'node VARCHAR',
  'attempt VARCHAR',
  'decode_path VARCHAR',
  'decode_ms FLOAT',
  'resize_ms FLOAT',
  'predict_ms FLOAT',
];

/** All columns on request; the long lists take every road: full, empty, null. */
const richRows = (): Row[] => {
  const extras = (index: number): Partial<Row> => ({
    data: Uint8Array.of(index, 0, 255),
    data_as_array: Uint8Array.from({ length: 2000 + index }, (_, place) => (place * 7 + index) & 255),
    data_as_resized_array: new Uint8Array(),
    predictions: Float32Array.from({ length: 1000 }, (_, place) => place / 1000 + index),
    embedding: index % 2 === 0 ? Float32Array.of(-1.5, 0) : new Float32Array(),
    provenance: '{"space":"srgb"}',
  });
  const none = Object.fromEntries(extraColumns.map((name) => [name, null]));
  return [
    plainRow(0, extras(0)),
    { ...failedRow(1), ...none },
    plainRow(2, { ...extras(2), pred_id: [], label: [], score: [] }),
    { ...filteredRow(3), ...none },
    plainRow(4, extras(4)),
  ];
};

describe('a Parquet part, read by DuckDB', () => {
  test('the columns have the types and the order of the schema', async () => {
    expect(await described((await writeParquet([plainRow(0), failedRow(1)])).path)).toEqual(base);
  });

  test('rows without any value keep every type', async () => {
    const { path } = await writeParquet([failedRow(0), failedRow(1)], { columns: extraColumns });
    const extras = ['data BLOB', 'data_as_array BLOB', 'data_as_resized_array BLOB'];
    const lists = ['predictions FLOAT[]', 'embedding FLOAT[]', 'provenance VARCHAR'];
    expect(await described(path)).toEqual([...base, ...extras, ...lists]);
    const [counted] = await query(`SELECT count(label) AS l, count(predictions) AS p, count(*) AS n FROM '${path}'`);
    expect(counted).toEqual({ l: '0', p: '0', n: '2' });
  });

  test('list arrays are INTEGER[], the picture itself stays BLOB', async () => {
    const { path } = await writeParquet(richRows(), { columns: extraColumns, listArrays: true });
    const extras = ['data BLOB', 'data_as_array INTEGER[]', 'data_as_resized_array INTEGER[]'];
    const lists = ['predictions FLOAT[]', 'embedding FLOAT[]', 'provenance VARCHAR'];
    expect(await described(path)).toEqual([...base, ...extras, ...lists]);
  });

  test.each([false, true])(
    'values, nulls and empty lists are those that were written (list arrays: %s)',
    async (listArrays) => {
      const rows = richRows();
      const { path } = await writeParquet(rows, { columns: extraColumns, listArrays });
      const shown = (name: string) => (listArrays ? name : `hex(${name})`);
      const found =
        await query(`SELECT index, status, label, score, length(predictions) AS p, list_sum(predictions) AS sum,
      embedding, hex(data) AS data, data_as_array IS NULL AS gone, ${shown('data_as_array')} AS picture, ${shown('data_as_resized_array')} AS small
      FROM '${path}' ORDER BY index`);
      const picture = (row: Row) =>
        listArrays
          ? Array.from(row.data_as_array ?? [])
          : Buffer.from(row.data_as_array ?? [])
              .toString('hex')
              .toUpperCase();
      for (const [place, row] of rows.entries()) {
        const empty = row.data_as_array === null;
        expect(found[place]).toMatchObject({
          index: String(row.index),
          status: row.status,
          label: row.label,
          score: row.score,
          p: row.predictions == null ? null : '1000',
          embedding: row.embedding == null ? null : Array.from(row.embedding),
          data: row.data == null ? null : Buffer.from(row.data).toString('hex').toUpperCase(),
          gone: empty,
          picture: empty ? null : picture(row),
          small: empty ? null : listArrays ? [] : '',
        });
        const sum = row.predictions?.reduce((total, each) => total + each, 0);
        if (sum !== undefined) expect(found[place]?.sum).toBeCloseTo(sum, 3);
      }
    },
  );

  test('the footer says whose rows they are', async () => {
    const { path } = await writeParquet([plainRow(7), plainRow(8)]);
    const found = await query(`SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata('${path}')`);
    expect(Object.fromEntries(found.map(({ key, value }) => [key, value]))).toEqual({
      job: 'job-1',
      part: '1',
      attempt: 'attempt-1',
      first: '7',
      count: '2',
      model: 'cd'.repeat(32),
    });
  });

  test('row groups are bounded in bytes and in rows', async () => {
    const heavy = Array.from({ length: 5 }, (_, index) => plainRow(index, { data: new Uint8Array(12 * 2 ** 20) }));
    const { path, written } = await writeParquet(heavy, { columns: ['data'] });
    const groups = (file: string) =>
      query(
        `SELECT DISTINCT row_group_id, row_group_num_rows AS rows FROM parquet_metadata('${file}') ORDER BY row_group_id`,
      );
    expect((await groups(path)).map(({ rows }) => rows)).toEqual(['3', '2']);
    expect(written.rows).toBe(5);
    expect(await query(`SELECT sum(octet_length(data)) AS n FROM '${path}'`)).toEqual([{ n: String(60 * 2 ** 20) }]);
    const many = Array.from({ length: 10_500 }, (_, index) => plainRow(index));
    const light = await writeParquet(many);
    expect((await groups(light.path)).map(({ rows }) => rows)).toEqual(['10000', '500']);
    expect(await query(`SELECT sum(index) AS n FROM '${light.path}'`)).toEqual([{ n: String((10_499 * 10_500) / 2) }]);
  });

  test('pages of long lists: a column over many pages is whole', async () => {
    const rows = Array.from({ length: 6 }, (_, index) =>
      plainRow(index, {
        data_as_array: new Uint8Array(700_003).fill(index + 1),
        predictions: new Float32Array(300_000).fill(index),
      }),
    );
    const { path } = await writeParquet(rows, { columns: ['data_as_array', 'predictions'], listArrays: true });
    const found = await query(
      `SELECT list_sum(data_as_array) AS a, length(data_as_array) AS n, list_sum(predictions) AS p FROM '${path}' ORDER BY index`,
    );
    expect(found.map(({ a, n, p }) => [Number(a), Number(n), Number(p)])).toEqual(
      rows.map((_, index) => [700_003 * (index + 1), 700_003, 300_000 * index]),
    );
  });

  test('a file cut at any byte is no Parquet file', async () => {
    const { path } = await writeParquet([plainRow(0), failedRow(1)]);
    const whole = await readFile(path);
    const cut = join(await makeFolder(), 'cut.parquet');
    const places = Array.from({ length: 24 }, (_, place) => Math.floor((place * whole.length) / 24));
    for (const length of [...places, whole.length - 1]) {
      await writeFile(cut, whole.subarray(0, length));
      await expect(query(`SELECT * FROM '${cut}'`)).rejects.toThrow();
    }
  });

  test('size and checksum are those of the file', async () => {
    const { path, written } = await writeParquet([plainRow(0)]);
    const bytes = await readFile(path);
    expect(written).toEqual({
      rows: 1,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      counts: { predicted: 1, filtered: 0, failed: 0, failures: {} },
    });
  });
});

describe.each(['parquet', 'jsonl', 'csv'] as const)('a writer of %s', (format) => {
  const open = async (first: number, count: number) => {
    const path = join(await makeFolder(), `part.${format}`);
    return {
      path,
      writer: await createRowWriter(format, path, { columns: [], listArrays: false, metadata: metadata(first, count) }),
    };
  };

  test.each([
    ['a row is missing', [plainRow(0), plainRow(2)]],
    ['a row comes twice', [plainRow(0), plainRow(0)]],
    ['the first row is another part’s', [plainRow(5)]],
    ['a row is one too many', [plainRow(0), plainRow(1), plainRow(2)]],
  ])('%s: data_loss', async (_, rows) => {
    const { writer } = await open(0, 2);
    await expect(writer.write(rows)).rejects.toMatchObject({ code: 'data_loss' });
    await writer.abort();
  });

  test('rows are missing at the end: data_loss', async () => {
    const { writer } = await open(0, 3);
    await writer.write([plainRow(0)]);
    await expect(writer.finish()).rejects.toMatchObject({
      code: 'data_loss',
      message: expect.stringContaining('2 rows are missing'),
    });
    await writer.abort();
  });

  test('an abort leaves no file, before the end and after it', async () => {
    for (const finished of [false, true]) {
      const { path, writer } = await open(0, 1);
      await writer.write([plainRow(0)]);
      if (finished) await writer.finish();
      await writer.abort();
      await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
    }
  });

  test('the file is there already: it is not written over', async () => {
    const { path, writer } = await open(0, 1);
    const again = createRowWriter(format, path, { columns: [], listArrays: false, metadata: metadata(0, 1) });
    await expect(again).rejects.toBeInstanceOf(Error);
    await writer.abort();
  });

  test('rows are counted by status and code', async () => {
    const { writer } = await open(0, 5);
    await writer.write([plainRow(0), failedRow(1), filteredRow(2)]);
    await writer.write([failedRow(3, 'empty'), failedRow(4)]);
    const { counts } = await writer.finish();
    expect(counts).toEqual({ predicted: 1, filtered: 1, failed: 3, failures: { truncated: 2, empty: 1 } });
  });
});
