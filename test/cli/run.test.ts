/** `imgctl run` with an output: what a second command on it does, and what it says. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readRows } from '../../src/io/read-output.js';
import { run } from '../fixtures/command.js';
import { globRows } from '../fixtures/glob-reader.js';
import { picture, pictureName, writePictures } from '../fixtures/pictures.js';

let folder: string;
let pictures: string;
let output: string;
let outputs = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imgd-run-'));
  pictures = join(folder, 'pictures');
  await writePictures(pictures, 6);
  await writeFile(join(pictures, 'broken.jpg'), 'not a picture');
  await writeFile(join(pictures, 'notes.txt'), 'not even named like one');
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  output = join(folder, `output-${outputs++}`);
});

/** Name, size, inode and time of every file of an output. */
async function everyFile(root: string): Promise<unknown[]> {
  const files = await readdir(root, { withFileTypes: true, recursive: true });
  const facts = files
    .filter((file) => file.isFile())
    .map(async (file) => {
      const path = join(file.parentPath, file.name);
      const { ino, mtimeMs, size } = await stat(path);
      return { path, ino, mtimeMs, size };
    });
  return Promise.all(facts);
}

const namesIn = async (root: string) => {
  const names: string[] = [];
  for await (const { origin } of readRows(root, { columns: ['origin'] })) names.push(origin.split('/').at(-1)!);
  return names;
};

describe('imgctl run with an output', () => {
  it('--json: one object with exactly the promised fields, all else on standard error', async () => {
    const { code, stdout, stderr } = await run(pictures, '--out', output, '--json');
    expect(code).toBe(0);
    const json = JSON.parse(stdout) as Record<string, unknown>;
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(Object.keys(json)).toEqual([
      'job',
      'output',
      'accepted',
      'predicted',
      'filtered',
      'failed',
      'seconds',
      'images_per_second',
      'model',
      'precision',
      'decode',
      'engine',
    ]);
    expect(json).toMatchObject({
      job: (JSON.parse(await readFile(join(output, '_job.json'), 'utf8')) as { id: string }).id,
      output,
      accepted: 7,
      predicted: 6,
      filtered: 0,
      failed: 1,
      model: 'efficientnet-lite0',
      precision: 'int8',
      decode: 'auto',
      engine: expect.stringMatching(/^onnxruntime-node \d/),
    });
    expect(stderr).toContain('7 accepted = 6 predicted + 0 filtered + 1 failed');
    expect(stderr).toContain('1 other file ignored');
    expect(stderr).toMatch(/unsupported_format .*broken\.jpg/);
  });

  it('run again: complete, exit 0, no file is touched, and nothing is missing from its count', async () => {
    await run(pictures, '--out', output, '--quiet');
    const before = await everyFile(output);
    const { code, stdout, stderr } = await run(pictures, '--out', output, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 7, predicted: 6, filtered: 0, failed: 1 });
    expect(stderr).toContain('complete; 0 new, 0 changed inputs are not included');
    // what changes no row is no other spec
    expect(await run(pictures, '--out', output, '-q', '--executors', '1')).toMatchObject({ code: 0 });
    expect(await everyFile(output)).toEqual(before);
  });

  it('another spec on the same output: refused with the difference, nothing is touched', async () => {
    await run(pictures, '--out', output, '--quiet');
    const before = await everyFile(output);
    const { code, stderr } = await run(pictures, '--out', output, '--filter', 'height > 3', '--decode', 'exact');
    expect(code).toBe(1);
    expect(stderr).toContain('holds another job');
    expect(stderr).toContain('filter: was null now "height > 3"');
    expect(stderr).toContain('decode: was "auto" now "exact"');
    expect(stderr).toContain('--overwrite');
    expect(await everyFile(output)).toEqual(before);
  });

  it('--overwrite: another job takes the place of the first', async () => {
    await run(pictures, '--out', output, '--quiet');
    const filtered = [pictures, '--out', output, '--overwrite', '--filter', 'height > 300', '--json'];
    const { code, stdout } = await run(...filtered);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 7, predicted: 0, filtered: 6, failed: 1 });
    const rows = await globRows(output);
    expect(rows.filter(({ status }) => status === 'filtered').map(({ reason }) => reason)).toEqual(
      Array(6).fill('height > 300'),
    );
  });

  it('--overwrite of a folder that is not ours: refused, its files stay', async () => {
    await mkdir(output);
    await writeFile(join(output, 'thesis.txt'), 'years of work');
    const { code, stderr } = await run(pictures, '--out', output, '--overwrite');
    expect(code).toBe(1);
    expect(stderr).toMatch(/not an output of imgd/);
    expect(await readdir(output)).toEqual(['thesis.txt']);
  });

  it('--except: only what the other output has not, and that one is not written to', async () => {
    await run(pictures, '--out', output, '--quiet');
    const before = await everyFile(output);
    const more = join(folder, 'more');
    await mkdir(more);
    for (const number of [1, 2, 3])
      await copyFile(join(pictures, pictureName(number)), join(more, pictureName(number)));
    const second = `${output}-second`;
    const { code, stdout } = await run(pictures, more, '--except', output, '--out', second, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 3, predicted: 3 });
    expect(await namesIn(second)).toEqual([1, 2, 3].map(pictureName));
    expect(await everyFile(output)).toEqual(before);
  });

  it('--failed-of: what failed there, once it is repaired', async () => {
    const mended = join(folder, 'mended');
    await writePictures(mended, 3);
    await writeFile(join(mended, 'late.png'), 'still being written');
    await run(mended, '--out', output, '--quiet');
    await writeFile(join(mended, 'late.png'), await picture(77).png().toBuffer());
    const second = `${output}-second`;
    const { code, stdout } = await run(mended, '--failed-of', output, '--out', second, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1, predicted: 1, failed: 0 });
    expect(await namesIn(second)).toEqual(['late.png']);
    const third = await run(mended, '--failed-of', second, '--out', `${output}-third`);
    expect(third).toMatchObject({ code: 2, stderr: expect.stringContaining('no failed rows') });
  });

  it('--max-failed with 1 failed of 7: a count or a share, exit 3 above it, the output complete all the same', async () => {
    const codes: Record<string, number | null> = {};
    for (const allowance of ['0', '1', '10%', '0.15', '50%']) {
      codes[allowance] = (await run(pictures, '--out', output, '-q', '--max-failed', allowance)).code;
      expect(await readdir(output)).toContain('_SUCCESS');
    }
    expect(codes).toEqual({ '0': 3, '1': 0, '10%': 3, '0.15': 0, '50%': 0 });
    expect(await globRows(output)).toHaveLength(7);
  });

  it('one picture, named itself: one row', async () => {
    const { code, stdout } = await run(join(pictures, pictureName(0)), '--out', output, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1, predicted: 1 });
  });

  it('an empty folder: exit 0, a complete output without rows, and a word about it', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);
    const { code, stdout, stderr } = await run(empty, '--out', output, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 0, predicted: 0, filtered: 0, failed: 0 });
    expect(stderr).toContain('no pictures were found');
    expect(await readdir(output)).toContain('_SUCCESS');
    expect(await run(empty, '--out', output, '-q')).toMatchObject({ code: 0 });
  });

  it('a path twice on a list: a row each, with an index each', async () => {
    const list = join(folder, 'list.txt');
    const path = join(pictures, pictureName(2));
    await writeFile(list, `${path}\n${path}\n`);
    expect(await run(`@${list}`, '--out', output, '-q')).toMatchObject({ code: 0 });
    const rows = await globRows(output);
    expect(rows.map(({ index, status }) => [index, status])).toEqual([
      [0, 'predicted'],
      [1, 'predicted'],
    ]);
    expect(rows[0]!.origin).toBe(rows[1]!.origin);
  });

  it('--sample: the same pictures for the same seed, others for another', async () => {
    const sampled = async (seed: string) => {
      const out = join(folder, `sampled-${outputs++}`);
      await run(pictures, '--sample', '3', '--seed', seed, '--out', out, '-q', '--max-failed', '100%');
      return (await globRows(out)).map(({ origin }) => origin);
    };
    const [first, again] = [await sampled('1'), await sampled('1')];
    expect(first).toHaveLength(3);
    expect(again).toEqual(first);
    expect(await sampled('2')).not.toEqual(first);
  });
});
