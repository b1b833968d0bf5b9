import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JobSpec } from '../../src/io/job-spec.js';
import { buildManifest, writeEnd, writeSuccess } from '../../src/io/manifest.js';
import { openFsStore } from '../../src/io/output-store-fs.js';
import { openMemoryStore } from '../../src/io/output-store-memory.js';
import { countRows, describeOutput, readRows } from '../../src/io/read-output.js';
import { defaultPipeline } from '../../src/ops/options.js';
import { extraColumns, type Row } from '../../src/ops/row.js';
import { commitRows, partsFor, planJob } from './sample-output.js';
import { anyRow, failedRow, numbered, plainRow, spec } from './sample-rows.js';
import { collect, useTempFolders } from './temp-folder.js';

const makeFolder = useTempFolders();

const everyColumn = (format: 'parquet' | 'jsonl', listArrays: boolean): JobSpec =>
  spec(format, { listArrays, pipeline: { ...defaultPipeline, columns: [...extraColumns] } });

/** -0 and 0 are one number to a reader of rows. */
const plain = (rows: readonly Row[]) =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        if (value instanceof Uint8Array || value instanceof Float32Array)
          return [name, Array.from(value, (each) => each + 0)];
        if (Array.isArray(value)) return [name, value.map((each) => (typeof each === 'number' ? each + 0 : each))];
        return [name, typeof value === 'number' ? value + 0 : value];
      }),
    ),
  );

describe.each([
  ['parquet', false],
  ['parquet', true],
  ['jsonl', false],
  ['jsonl', true],
] as const)('rows in %s, list arrays %s', (format, listArrays) => {
  test('any rows come back as they were written', async () => {
    const check = fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 12 }), async (made) => {
      const store = openMemoryStore();
      const wanted = everyColumn(format, listArrays);
      const rows = numbered(made, 0).map((row) => ({ ...row, attempt: 'a' }));
      const { parts } = await planJob(store, wanted, [rows.length]);
      await commitRows(store, wanted, parts[0]!, rows, 'a');
      expect(plain(await collect(readRows(store)))).toEqual(plain(rows));
      await store.sweep();
    });
    await fc.assert(check, { seed: 23, numRuns: 60 });
  });
});

/** Parts 4 + 3 + 5, the second of them missing if told so. */
const fill = async (format: 'parquet' | 'jsonl', { complete = true } = {}) => {
  const folder = await makeFolder();
  const store = await openFsStore(folder);
  const { record, parts } = await planJob(store, spec(format), [4, 3, 5]);
  for (const part of parts) {
    if (!complete && part.number === 2) continue;
    const rows = Array.from({ length: part.count }, (_, place) =>
      (place === 1 ? failedRow : plainRow)(part.first + place),
    );
    await commitRows(store, record.spec, part, rows);
  }
  if (complete) {
    await writeEnd(store, { state: 'succeeded', message: null, at: 'now' });
    await writeSuccess(store, await buildManifest(store, { record, finished: 'now' }));
  }
  return { folder, record };
};

const indices = async (rows: AsyncIterable<Pick<Row, 'index'>>) => (await collect(rows)).map(({ index }) => index);

describe.each(['parquet', 'jsonl'] as const)('reading an output in %s', (format) => {
  test('all rows across parts in index order', async () => {
    const { folder } = await fill(format);
    expect(await indices(readRows(folder))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test.each([
    [{ from: 5 }, [5, 6, 7, 8, 9, 10, 11]],
    [{ limit: 5 }, [0, 1, 2, 3, 4]],
    [{ from: 3, limit: 5 }, [3, 4, 5, 6, 7]],
    [{ from: 11, limit: 9 }, [11]],
    [{ from: 12 }, []],
    [{ limit: 0 }, []],
  ])('%j, complete or not', async (options, expected) => {
    const whole = await fill(format);
    expect(await indices(readRows(whole.folder, options))).toEqual(expected);
    const partial = await fill(format, { complete: false });
    const { from = 0, limit = 99 } = options as { from?: number; limit?: number };
    const standing = [0, 1, 2, 3, 7, 8, 9, 10, 11].filter((index) => index >= from).slice(0, limit);
    expect(await indices(readRows(partial.folder, options))).toEqual(standing);
  });

  test('only the columns that were asked for', async () => {
    const { folder } = await fill(format);
    const [first, second] = await collect(readRows(folder, { columns: ['label', 'origin'], limit: 2 }));
    expect(first).toEqual({ origin: 'file:///photos/0.jpg', label: ['dog', 'cat'] });
    expect(second).toEqual({ origin: 'file:///photos/1.jpg', label: null });
  });

  test('a column that the output doesn’t have: usage, with those it has', async () => {
    const { folder } = await fill(format);
    await expect(collect(readRows(folder, { columns: ['predictions'] }))).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('index, origin'),
    });
  });

  test('it is described and counted, complete and not', async () => {
    const whole = await fill(format);
    expect(await describeOutput(whole.folder)).toMatchObject({
      record: whole.record,
      format,
      complete: true,
      manifest: { accepted: 12 },
      end: { state: 'succeeded', number: 1 },
    });
    expect(await countRows(whole.folder)).toEqual({ predicted: 9, filtered: 0, failed: 3, failures: { truncated: 3 } });
    const partial = await fill(format, { complete: false });
    expect(await describeOutput(partial.folder)).toMatchObject({
      complete: false,
      manifest: undefined,
      end: undefined,
    });
    expect(await countRows(partial.folder)).toMatchObject({ predicted: 7, failed: 2 });
  });

  test('a reader that stops early closes its file', async () => {
    const { folder } = await fill(format);
    const rows = readRows(folder);
    await rows.next();
    expect(await rows.return(undefined)).toEqual({ value: undefined, done: true });
    expect(await indices(readRows(folder, { limit: 1 }))).toEqual([0]);
  });
});

test('a row group larger than its neighbours is read in order', async () => {
  const store = openMemoryStore();
  const wanted = spec('parquet', { pipeline: { ...defaultPipeline, columns: ['data'] } });
  const { parts } = await planJob(store, wanted, [6]);
  const rows = Array.from({ length: 6 }, (_, index) =>
    plainRow(index, { data: new Uint8Array(12 * 2 ** 20).fill(index) }),
  );
  await commitRows(store, wanted, parts[0]!, rows);
  const found = await collect(readRows(store, { columns: ['index', 'data'], from: 2, limit: 3 }));
  expect(found.map(({ index, data }) => [index, data?.[0], data?.length])).toEqual(
    [2, 3, 4].map((index) => [index, index, 12 * 2 ** 20]),
  );
  await store.sweep();
});

test('CSV is not read back', async () => {
  const store = openMemoryStore();
  const { parts } = await planJob(store, spec('csv'), [1]);
  await commitRows(store, spec('csv'), parts[0]!, [plainRow(0)]);
  await expect(collect(readRows(store))).rejects.toMatchObject({
    code: 'usage',
    hint: expect.stringContaining('parquet or jsonl'),
  });
  expect(await countRows(store)).toMatchObject({ predicted: 1 });
});

test.each(['a missing folder', 'a folder of something else'])(
  '%s is no output: not_found with a hint',
  async (which) => {
    const folder = await makeFolder();
    const path = which === 'a missing folder' ? `${folder}/missing` : folder;
    const expected = { code: 'not_found', hint: expect.stringContaining('--out') };
    await expect(describeOutput(path)).rejects.toMatchObject(expected);
    await expect(collect(readRows(path))).rejects.toMatchObject(expected);
  },
);

test('a part that somebody damaged: data_loss naming it', async () => {
  const store = openMemoryStore();
  const { parts } = await planJob(store, spec('parquet'), [1]);
  expect(parts).toEqual(partsFor([1]));
  await store.createExclusive('data/part-00001.parquet', Buffer.from('PAR1 but not really PAR1'));
  await expect(collect(readRows(store))).rejects.toMatchObject({
    code: 'data_loss',
    message: expect.stringContaining('part-00001'),
  });
});
