import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createJob, prepareOverwrite, readJob } from '../../src/io/job-record.js';
import { openFsStore } from '../../src/io/output-store-fs.js';
import { openMemoryStore } from '../../src/io/output-store-memory.js';
import { equalSpecs, specDifferences } from '../../src/io/spec-difference.js';
import { defaultPipeline } from '../../src/ops/options.js';
import { spec } from './sample-rows.js';
import { useTempFolders } from './temp-folder.js';

const makeFolder = useTempFolders();

describe('two specs', () => {
  test('what differs is named as the user knows it, one line each', () => {
    const was = spec('parquet', { pipeline: { ...defaultPipeline, filter: 'nChannels > 2' } });
    const now = spec('jsonl', {
      inputs: [
        { kind: 'folder', path: '/other', allFiles: false },
        { kind: 'file', path: '/x.jpg' },
      ],
      pipeline: {
        ...defaultPipeline,
        filter: null,
        limits: { ...defaultPipeline.limits, pixels: 1 },
        background: [1, 2, 3],
      },
      model: { ...was.model, precision: 'fp32' },
    });
    expect(specDifferences(was, now)).toEqual([
      'inputs[0].path: was "/photos" now "/other"',
      'inputs[1]: was nothing now {"kind":"file","path":"/x.jpg"}',
      'filter: was "nChannels > 2" now null',
      'background: was null now [1,2,3]',
      'limits.pixels: was 50000000 now 1',
      'model.precision: was "int8" now "fp32"',
      'format: was "parquet" now "jsonl"',
    ]);
  });

  test('the order of keys and of requested columns makes no difference', () => {
    const one = spec('parquet', { pipeline: { ...defaultPipeline, columns: ['data', 'provenance'] } });
    const { model, ...rest } = one;
    const two = { model, ...rest, pipeline: { ...defaultPipeline, columns: ['provenance', 'data'] as const } };
    expect(equalSpecs(one, two)).toBe(true);
    expect(equalSpecs(one, JSON.parse(JSON.stringify(two)) as typeof two)).toBe(true);
  });
});

describe('creating a job', () => {
  test('the first creates it, an equal spec adopts it', async () => {
    const folder = await makeFolder();
    const first = await createJob(await openFsStore(folder), spec(), { imgd: '1' });
    expect(first.adopted).toBe(false);
    expect(first.record).toMatchObject({
      id: expect.stringMatching(/-/),
      nonce: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'data/part-00001.parquet'), '');
    const second = await createJob(await openFsStore(folder), spec(), { imgd: '2' });
    expect(second).toEqual({ record: first.record, adopted: true });
  });

  test('another spec is refused, with the difference', async () => {
    const store = openMemoryStore();
    await createJob(store, spec(), {});
    const other = spec('parquet', { pipeline: { ...defaultPipeline, filter: 'width > 5', top: 3 } });
    const failure = await createJob(store, other, {}).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'conflict', hint: expect.stringContaining('--overwrite') });
    expect((failure as Error).message.split('\n').slice(1)).toEqual([
      '  filter: was null now "width > 5"',
      '  top: was 5 now 3',
    ]);
  });

  test('many at once: one record stands, and all have it', async () => {
    const files = new Map<string, Buffer>();
    const jobs = await Promise.all(Array.from({ length: 6 }, () => createJob(openMemoryStore({ files }), spec(), {})));
    expect(jobs.filter(({ adopted }) => !adopted)).toHaveLength(1);
    expect(new Set(jobs.map(({ record }) => record.id)).size).toBe(1);
  });

  test('a job that began between two looks is adopted', async () => {
    const files = new Map<string, Buffer>();
    const other = openMemoryStore({ files });
    let looks = 0;
    const slow = openMemoryStore({
      files,
      fault: async (step) => {
        if (step !== 'list' || looks++ > 0) return;
        await createJob(other, spec(), {});
        await other.createExclusive('_plan/000001.json', Buffer.from('x'));
      },
    });
    expect(await createJob(slow, spec(), {})).toMatchObject({ adopted: true });
  });

  test('a folder of photographs is no output', async () => {
    const folder = await makeFolder();
    await writeFile(join(folder, 'me.jpg'), '');
    const store = await openFsStore(folder);
    await expect(createJob(store, spec(), {})).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('me.jpg'),
    });
    expect(await readJob(store)).toBeUndefined();
  });

  test('a damaged record is data_loss, not a new job', async () => {
    const store = openMemoryStore();
    await store.createExclusive('_job.json', Buffer.from('{}'));
    await expect(createJob(store, spec(), {})).rejects.toMatchObject({ code: 'data_loss' });
  });
});

describe('overwriting', () => {
  const output = async () => {
    const folder = await makeFolder();
    const store = await openFsStore(folder);
    await createJob(store, spec(), {});
    for (const name of ['_plan/000001.json', 'data/part-00001.parquet', '_end/1.json', '_SUCCESS', 'annotated/0.jpg']) {
      await store.createExclusive(name, Buffer.from('old'));
    }
    await writeFile(join(folder, 'report.html'), '');
    await writeFile(join(folder, '.keep'), '');
    return folder;
  };

  test('an output is emptied, and takes another job', async () => {
    const folder = await output();
    await prepareOverwrite(folder);
    expect(await readdir(folder)).toEqual(['.keep']);
    expect(await createJob(await openFsStore(folder), spec('csv'), {})).toMatchObject({ adopted: false });
  });

  test('a missing or an empty folder is fine', async () => {
    const folder = await makeFolder();
    await prepareOverwrite(join(folder, 'missing'));
    await prepareOverwrite(folder);
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['another program’s files', 'data', undefined],
    ['another program’s _job.json', '_job.json', '{"job":1}'],
    ['a broken _job.json', '_job.json', '{"id":'],
  ])('%s: conflict, and nothing is touched', async (_, name, content) => {
    const folder = await makeFolder();
    if (content === undefined) await mkdir(join(folder, name));
    else await writeFile(join(folder, name), content);
    await writeFile(join(folder, '_SUCCESS'), '');
    await expect(prepareOverwrite(folder)).rejects.toMatchObject({ code: 'conflict' });
    expect((await readdir(folder)).sort()).toEqual(['_SUCCESS', name].sort());
  });

  test('an output that also holds something else: conflict, and nothing is touched', async () => {
    const folder = await output();
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const before = await readdir(folder);
    await expect(prepareOverwrite(folder)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('notes.txt'),
    });
    expect(await readdir(folder)).toEqual(before);
  });

  test('interrupted: refused as an output, and finished by the next overwrite', async () => {
    const folder = await output();
    await rename(join(folder, '_job.json'), join(folder, '_job.replaced.json'));
    await expect(createJob(await openFsStore(folder), spec(), {})).rejects.toMatchObject({ code: 'conflict' });
    await prepareOverwrite(folder);
    expect(await readdir(folder)).toEqual(['.keep']);
  });

  test('interrupted at its last step: the hint says to repeat it', async () => {
    const folder = await makeFolder();
    const store = await openFsStore(folder);
    await createJob(store, spec(), {});
    await rename(join(folder, '_job.json'), join(folder, '_job.replaced.json'));
    await expect(createJob(store, spec(), {})).rejects.toMatchObject({ hint: expect.stringContaining('--overwrite') });
  });

  test('a linked folder goes as a link, what it leads to stays', async () => {
    const folder = await output();
    const elsewhere = await makeFolder();
    await writeFile(join(elsewhere, 'precious'), 'kept');
    await rename(join(folder, 'annotated'), join(elsewhere, 'moved'));
    await symlink(elsewhere, join(folder, 'annotated'));
    await prepareOverwrite(folder);
    expect(await readdir(folder)).toEqual(['.keep']);
    expect(await readFile(join(elsewhere, 'precious'), 'utf8')).toBe('kept');
  });
});
