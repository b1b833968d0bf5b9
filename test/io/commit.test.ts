import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitPart, committedParts } from '../../src/io/commit.js';
import type { OutputFormat } from '../../src/io/job-spec.js';
import type { OutputStore } from '../../src/io/output-store.js';
import { openFsStore } from '../../src/io/output-store-fs.js';
import { openMemoryStore } from '../../src/io/output-store-memory.js';
import { createRowWriter } from '../../src/io/row-writer.js';
import { faultyFileSystem } from './faulty-file-system.js';
import { failedRow, metadata, plainRow } from './sample-rows.js';
import { collect, errno, useTempFolders } from './temp-folder.js';

const makeFolder = useTempFolders();

const write = async (store: OutputStore, format: OutputFormat, attempt: string) => {
  const temp = await store.temp('part-1');
  const settings = { columns: [], listArrays: false, metadata: metadata(0, 2, { attempt }) };
  const writer = await createRowWriter(format, temp.path, settings);
  await writer.write([plainRow(0, { attempt }), { ...failedRow(1), attempt }]);
  return { temp, written: await writer.finish() };
};

describe.each(['parquet', 'jsonl', 'csv'] as const)('committing a part as %s', (format) => {
  test('the first wins, the second reports the winner and leaves nothing', async () => {
    const folder = await makeFolder();
    const [one, two] = [await openFsStore(folder), await openFsStore(folder)];
    const [mine, other] = [await write(one, format, 'a-1'), await write(two, format, 'a-2')];
    const name = `data/part-00001.${format}`;
    const winner = { name, bytes: mine.written.bytes, sha256: mine.written.sha256, attempt: 'a-1' };
    expect(await commitPart(one, 1, mine.temp, 'a-1', format)).toEqual({ won: true, winner });
    expect(await commitPart(two, 1, other.temp, 'a-2', format, other.written)).toEqual({ won: false, winner });
    expect(await collect(one.list(''))).toEqual([name]);
    expect(await committedParts(one, format)).toEqual(new Set([1]));
  });

  test('the answer got lost and the file moved since: our attempt in the file says that we won', async () => {
    const files = new Map<string, Buffer>();
    const store = openMemoryStore({ files });
    const first = await write(store, format, 'a-1');
    await commitPart(store, 1, first.temp, 'a-1', format, first.written);
    const again = await store.temp('part-1');
    await writeFile(again.path, 'the same attempt, told apart by nothing but its name in the footer');
    expect(await commitPart(openMemoryStore({ files }), 1, again, 'a-1', format)).toMatchObject({ won: true });
    await store.sweep();
  });
});

test('what the writer counted saves reading the file back', async () => {
  const store = await openFsStore(await makeFolder());
  const { temp } = await write(store, 'parquet', 'a-1');
  const written = { bytes: 1, sha256: 'told' };
  expect(await commitPart(store, 1, temp, 'a-1', 'parquet', written)).toMatchObject({ won: true, winner: written });
});

test.each([
  ['fsync', 'EIO', 'data_loss'],
  ['link', 'ENOSPC', 'resource_exhausted'],
] as const)('%s fails with %s: nothing is committed, the attempt’s file is gone', async (step, code, expected) => {
  const folder = await makeFolder();
  const { fs, failNext } = faultyFileSystem();
  const store = await openFsStore(folder, { fs });
  const { temp } = await write(store, 'parquet', 'a-1');
  failNext(step, errno(code));
  await expect(commitPart(store, 1, temp, 'a-1', 'parquet')).rejects.toMatchObject({ code: expected });
  expect(await committedParts(store, 'parquet')).toEqual(new Set());
  await expect(readFile(temp.path)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('only our own names are parts', async () => {
  const folder = await makeFolder();
  const store = await openFsStore(folder);
  const names = [
    'part-00002.parquet',
    'part-00010.parquet',
    'part-100000.parquet',
    'part-00003.jsonl',
    'part-3.parquet',
  ];
  for (const name of [...names, 'part-00004.parquet.crc', 'notes.txt', 'sub/part-00005.parquet']) {
    await store.createExclusive(`data/${name}`, Buffer.from(name));
  }
  expect([...(await committedParts(store, 'parquet'))]).toEqual([2, 10, 100_000]);
  expect([...(await committedParts(store, 'jsonl'))]).toEqual([3]);
  expect(await readFile(join(folder, 'data/notes.txt'), 'utf8')).toBe('notes.txt');
});
