/** What `imgctl run` refuses: an exit code, a sentence, and what to do about it. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imgctl, run, startImgctl } from '../fixtures/command.js';
import { writePictures } from '../fixtures/pictures.js';

const bundled = fileURLToPath(new URL('../../models/efficientnet-lite0/', import.meta.url));
let folder: string;
let pictures: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imgd-refused-'));
  pictures = join(folder, 'pictures');
  await writePictures(pictures, 2);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('wrong usage: exit 2, nothing is read or made', () => {
  it.each([
    [['--bogus'], /unknown option '--bogus'/],
    [['--decode', 'perfect'], /--decode.*exact, auto, fast/s],
    [['--top', '0'], /--top.*whole number/s],
    [['--max-failed', 'many'], /--max-failed.*share.*count/s],
    [['--max-failed', '120%'], /at most 100%/],
    [['--fit', 'crop:2'], /--fit.*crop:RATIO/s],
    [['--columns', 'data,colour'], /--columns.*data_as_array/s],
    [['--precision', 'int4'], /int8/],
    [['--sample', '-3'], /--sample/],
    [['--filter', 'heigt > 3'], /height\?\n.*heigt > 3\n.*\^{5}/s],
    [['--filter', 'height >'], /\^/],
    [['--engine', 'torch'], /onnx, tfjs/],
  ])('%j', async (flags, message) => {
    const output = join(folder, 'never');
    const { code, stdout, stderr } = await run(pictures, '--out', output, ...flags);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(await readdir(folder)).toEqual(['pictures']);
  });

  it.each([
    [['--out', '-'], /Parquet.*--format jsonl/s],
    [['--out', '-', '--format', 'csv', '--json'], /--json/],
    [['--annotate'], /--annotate.*--out/s],
    [['--overwrite'], /--overwrite.*--out/s],
  ])('flags that contradict each other: %j', async (flags, message) => {
    const { code, stderr } = await run(pictures, ...flags);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('no input: exit 2 and how to ask', async () => {
    const { code, stderr } = await imgctl('run');
    expect(code).toBe(2);
    expect(stderr).toMatch(/inputs/);
    expect(stderr).toMatch(/--help/);
  });

  it('an unknown command: exit 2', async () => {
    expect(await imgctl('rum')).toMatchObject({ code: 2, stderr: expect.stringContaining('rum') });
  });

  it.each([['--help'], ['run', '--help'], ['--version']])('%s %s: exit 0, on standard output', async (...args) => {
    const { code, stdout, stderr } = await imgctl(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.length).toBeGreaterThan(4);
  });
});

describe('a model that cannot be used: exit 1 at once, and what to do', () => {
  /** A copy of the bundled package after `change`. */
  async function damaged(name: string, change: (root: string) => Promise<void>): Promise<string> {
    const root = join(folder, '..', `${folder.split('/').at(-1)}-${name}`);
    await cp(bundled, root, { recursive: true, filter: (path) => !/\/tfjs$|model\.onnx$/.test(path) });
    await change(root);
    return root;
  }

  it('no model of that name: the ones there are', async () => {
    const { code, stderr } = await run(pictures, '--model', 'resnet5000');
    expect(code).toBe(1);
    expect(stderr).toMatch(/resnet5000.*efficientnet-lite0/s);
  });

  it.each([
    [
      'wrong-sha256',
      async (root: string) => {
        const file = join(root, 'model.int8.onnx');
        const bytes = await readFile(file);
        bytes[1000]! ^= 1;
        await writeFile(file, bytes);
      },
      /model\.int8\.onnx/,
    ],
    ['no-labels', (root: string) => rm(join(root, 'labels.txt')), /labels\.txt/],
    ['no-network', (root: string) => rm(join(root, 'model.int8.onnx')), /model\.int8\.onnx/],
    ['no-contract', (root: string) => rm(join(root, 'model.json')), /model\.json.*models list/s],
    ['wrong-contract', (root: string) => writeFile(join(root, 'model.json'), '{"name": 7'), /model\.json/],
  ] as const)('%s', async (name, change, message) => {
    const model = await damaged(name, change);
    const output = join(folder, 'never');
    try {
      const { code, stderr } = await run(pictures, '--model', model, '--out', output);
      expect(stderr).toMatch(message);
      expect(code).toBe(1);
      expect(await readdir(folder)).toEqual(['pictures']);
    } finally {
      await rm(model, { recursive: true });
    }
  });
});

describe('an output that cannot be written: exit 1, and what to do', () => {
  it('a file stands there', async () => {
    const file = join(folder, 'pictures', 'picture-0000.png');
    const { code, stderr } = await run(pictures, '--out', file);
    expect(code).toBe(1);
    expect(stderr).toMatch(/not a folder.*--out/s);
  });

  it('a folder with other things in it', async () => {
    const { code, stderr } = await run(pictures, '--out', pictures);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--out/);
    expect((await readdir(pictures)).filter((name) => name.startsWith('_') && name !== '_tmp')).toEqual([]);
  });

  it('this user may not write there', async (test) => {
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    const place = uid === undefined ? '/' : folder;
    const running = startImgctl(['run', pictures, '--out', join(place, 'mine')], uid === undefined ? {} : { uid });
    const { code, stderr } = await running.ended;
    if (/Cannot find module|EACCES.*imgctl\.js/.test(stderr))
      return test.skip('another user may not read this checkout');
    expect(stderr).toMatch(/cannot write to|not permitted/);
    expect(stderr).toMatch(/--out|permission/);
    expect(code).toBe(1);
  });
});
