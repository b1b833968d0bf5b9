import { createHash } from 'node:crypto';
import { appendFile, copyFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createJob } from '../../src/io/job-record.js';
import type { OutputFormat } from '../../src/io/job-spec.js';
import { buildManifest, readEnd, readManifest, writeEnd, writeSuccess } from '../../src/io/manifest.js';
import { openFsStore } from '../../src/io/output-store-fs.js';
import { openMemoryStore } from '../../src/io/output-store-memory.js';
import type { PartSummary } from '../../src/io/recount.js';
import type { Row } from '../../src/ops/row.js';
import { commitRows, partsFor, planJob } from './sample-output.js';
import { failedRow, filteredRow, numbered, plainRow, spec } from './sample-rows.js';
import { useTempFolders } from './temp-folder.js';

const makeFolder = useTempFolders();
const finished = '2026-01-01T00:00:00.000Z';

const rows: readonly Row[] = numbered(
  [
    plainRow(0),
    failedRow(0),
    filteredRow(0),
    plainRow(0, { message: 'a\n"b", c' }),
    failedRow(0, 'empty'),
    plainRow(0),
  ],
  0,
);

/** An output of parts 3 + 2 + 1, complete but for its end. */
const fill = async (format: OutputFormat) => {
  const folder = await makeFolder();
  const store = await openFsStore(folder);
  const { record, parts } = await planJob(store, spec(format), [3, 2, 1]);
  const known = new Map<number, PartSummary>();
  for (const part of parts) {
    const own = rows.slice(part.first, part.first + part.count);
    known.set(part.number, await commitRows(store, record.spec, part, own));
  }
  return { folder, store, record, parts, known };
};

describe.each(['parquet', 'jsonl', 'csv'] as const)('the manifest of an output in %s', (format) => {
  test('it counts every part, read or known, the same', async () => {
    const { folder, store, record, known } = await fill(format);
    const read = await buildManifest(store, { record, finished });
    expect(read).toMatchObject({
      job: record.id,
      accepted: 6,
      predicted: 3,
      filtered: 1,
      failed: 2,
      failures: { truncated: 1, empty: 1 },
      versions: { imgd: '0.1.0' },
      finished,
    });
    expect(read.parts.map(({ rows: count }) => count)).toEqual([3, 2, 1]);
    for (const { name, bytes, sha256 } of read.parts) {
      const content = await readFile(join(folder, name));
      expect({ bytes, sha256 }).toEqual({
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      });
    }
    expect(await buildManifest(store, { record, finished, known })).toEqual(read);
    known.delete(2);
    expect(await buildManifest(store, { record, finished, known })).toEqual(read);
  });

  test('a part holds another range: data_loss naming it', async () => {
    const { folder, store, record } = await fill(format);
    await copyFile(join(folder, `data/part-00001.${format}`), join(folder, `data/part-00002.${format}`));
    await expect(buildManifest(store, { record, finished })).rejects.toMatchObject({
      code: 'data_loss',
      message: expect.stringContaining(`part-00002.${format}: row 0 stands where row 3 should`),
    });
  });

  test('a part lacks a row at its end: data_loss naming it', async () => {
    const { folder, store, record } = await fill(format);
    const [part] = partsFor([2]);
    await rm(join(folder, `data/part-00001.${format}`));
    await commitRows(store, record.spec, part!, rows.slice(0, 2));
    await expect(buildManifest(store, { record, finished })).rejects.toMatchObject({
      code: 'data_loss',
      message: expect.stringMatching(/part-00001.*1 rows are missing/),
    });
  });

  test('a part is cut short or grew since it was written: data_loss naming it', async () => {
    const { folder, store, record, known } = await fill(format);
    const path = join(folder, `data/part-00003.${format}`);
    await truncate(path, (await readFile(path)).length - 3);
    const named = { code: 'data_loss', message: expect.stringContaining('part-00003') };
    await expect(buildManifest(store, { record, finished })).rejects.toMatchObject(named);
    await expect(buildManifest(store, { record, finished, known })).rejects.toMatchObject(named);
    await appendFile(path, 'more than before');
    await expect(buildManifest(store, { record, finished, known })).rejects.toMatchObject(named);
  });

  test('a part that the plan doesn’t have: data_loss naming it', async () => {
    const { folder, store, record } = await fill(format);
    await writeFile(join(folder, `data/part-00004.${format}`), 'phantom');
    await expect(buildManifest(store, { record, finished })).rejects.toMatchObject({
      code: 'data_loss',
      message: expect.stringContaining('part-00004'),
    });
  });

  test('a part is not committed yet: unavailable naming it', async () => {
    const { folder, store, record } = await fill(format);
    await rm(join(folder, `data/part-00002.${format}`));
    await expect(buildManifest(store, { record, finished })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('part-00002'),
    });
  });

  test('a known part was written for another range: data_loss', async () => {
    const { store, record, known } = await fill(format);
    known.set(2, { ...known.get(2)!, first: 4 });
    await expect(buildManifest(store, { record, finished, known })).rejects.toMatchObject({ code: 'data_loss' });
  });
});

test('a plan without an end has no manifest', async () => {
  const store = openMemoryStore();
  const { record } = await createJob(store, spec(), {});
  await expect(buildManifest(store, { record, finished })).rejects.toMatchObject({ code: 'unavailable' });
});

test('a job without inputs has one', async () => {
  const store = openMemoryStore();
  const { record } = await planJob(store, spec(), []);
  expect(await buildManifest(store, { record, finished })).toMatchObject({ accepted: 0, predicted: 0, parts: [] });
});

test('an aborted signal stops the count', async () => {
  const { store, record } = await fill('jsonl');
  const signal = AbortSignal.abort();
  await expect(buildManifest(store, { record, finished, signal })).rejects.toMatchObject({ name: 'AbortError' });
});

test('the manifest that stands wins', async () => {
  const { store, record } = await fill('jsonl');
  expect(await readManifest(store)).toBeUndefined();
  const manifest = await buildManifest(store, { record, finished });
  expect(await writeSuccess(store, manifest)).toEqual(manifest);
  expect(await writeSuccess(store, { ...manifest, finished: 'later' })).toEqual(manifest);
  expect(await readManifest(store)).toEqual(manifest);
});

test('a damaged manifest is data_loss, never an incomplete job', async () => {
  const store = openMemoryStore();
  await store.createExclusive('_SUCCESS', Buffer.from('{"job":'));
  await expect(readManifest(store)).rejects.toMatchObject({ code: 'data_loss' });
});

describe('the ends of a job', () => {
  const end = (state: 'succeeded' | 'failed' | 'cancelled', at: string) => ({ state, message: null, at });

  test('each run takes the next number, the last one is read', async () => {
    const store = openMemoryStore();
    expect(await readEnd(store)).toBeUndefined();
    expect(await writeEnd(store, end('cancelled', 'a'))).toMatchObject({ number: 1 });
    expect(await writeEnd(store, end('failed', 'b'))).toMatchObject({ number: 2 });
    expect(await readEnd(store)).toEqual({ ...end('failed', 'b'), number: 2 });
    for (let number = 3; number <= 11; number += 1) await writeEnd(store, end('failed', String(number)));
    expect(await readEnd(store)).toMatchObject({ number: 11 });
  });

  test('a success is final', async () => {
    const store = openMemoryStore();
    await writeEnd(store, end('succeeded', 'a'));
    expect(await writeEnd(store, end('failed', 'b'))).toEqual({ ...end('succeeded', 'a'), number: 1 });
  });

  test('two end at once: both get the one that stands', async () => {
    const files = new Map<string, Buffer>();
    const [one, two] = [openMemoryStore({ files }), openMemoryStore({ files })];
    const ends = await Promise.all([writeEnd(one, end('failed', 'a')), writeEnd(two, end('cancelled', 'b'))]);
    expect(ends[0]).toEqual(ends[1]);
    expect([...files.keys()]).toEqual(['_end/1.json']);
  });
});
