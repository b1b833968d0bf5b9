import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Row, type RunOptions, run } from '../src/index.js';

let folder: string;
let pictures: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imgd-library-'));
  pictures = join(folder, 'pictures.txt');
  const names: string[] = [];
  for (let i = 0; i < 3; i++) {
    const create = { width: 64, height: 48, channels: 3, background: { r: i * 80, g: 60, b: 200 } } as const;
    names.push(join(folder, `${i}.png`));
    await writeFile(names[i]!, await sharp({ create }).png().toBuffer());
  }
  // the same three pictures again and again: more rows than wait for a reader
  await writeFile(pictures, Array.from({ length: 900 }, (_, i) => `${names[i % 3]}\n`).join(''));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const rowsOf = async (options: RunOptions): Promise<Row[]> => {
  const rows: Row[] = [];
  for await (const row of run({ executors: 1, ...options })) rows.push(row);
  return rows;
};

describe('run', () => {
  it('without an output: rows as they are made, in order, and a summary', async () => {
    const job = run({ inputs: folder, executors: 1 });
    const labels: unknown[] = [];
    for await (const row of job) labels.push(row.label?.length);
    expect(labels).toEqual([5, 5, 5]);
    expect(await job.summary).toMatchObject({ accepted: 3, predicted: 3, failed: 0, output: null });
  });

  it('with an output: the committed rows, the same again from a second run', async () => {
    const out = join(folder, 'labels');
    const first = await rowsOf({ inputs: folder, out });
    expect(first.map((row) => row.index)).toEqual([0, 1, 2]);
    expect(await rowsOf({ inputs: folder, out })).toEqual(first);
  });

  it('left early: the job stops', async () => {
    const job = run({ inputs: `@${pictures}`, executors: 1 });
    for await (const row of job) if (row.index === 10) break;
    await expect(job.summary).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('aborted by the caller while rows wait to be read: the summary is rejected', async () => {
    const stop = new AbortController();
    const job = run({ inputs: `@${pictures}`, executors: 1, signal: stop.signal });
    const rows = job[Symbol.asyncIterator]();
    await rows.next();
    stop.abort();
    await expect(job.summary).rejects.toMatchObject({ code: 'cancelled' });
  });

  it.each<[string, Partial<RunOptions>]>([
    ['executors: 0', { executors: 0 }],
    ['top: 0', { top: 0 }],
    ['a format that is none', { format: 'xml' as never }],
    ['a column that is none', { columns: ['pixels' as never] }],
    ['no inputs', { inputs: [] }],
  ])('%s: usage, before anything is read', async (_, wrong) => {
    await expect(rowsOf({ inputs: folder, ...wrong })).rejects.toMatchObject({ code: 'usage' });
  });

  it('failedOf the output that overwrite would delete: refused, the output stands', async () => {
    const out = join(folder, 'kept');
    await writeFile(join(folder, 'broken.jpg'), Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
    await rowsOf({ inputs: folder, out });
    const again = rowsOf({ inputs: folder, out, failedOf: out, overwrite: true });
    await expect(again).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('would delete') });
    expect(existsSync(join(out, '_SUCCESS'))).toBe(true);
  });

  it('except an output that is none: nothing of the new one is made', async () => {
    const out = join(folder, 'new');
    await expect(rowsOf({ inputs: folder, out, except: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(existsSync(out)).toBe(false);
  });
});
