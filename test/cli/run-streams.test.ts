/** `imgctl run` as a part of a pipe: paths on standard input, rows on standard output. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRun } from '../fixtures/command.js';
import { globRows } from '../fixtures/glob-reader.js';
import { picture, pictureName, writePictures } from '../fixtures/pictures.js';

const imgctlFile = fileURLToPath(new URL('../../dist/cli/imgctl.js', import.meta.url));
const count = 150;
let folder: string;
let pictures: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imgd-streams-'));
  pictures = join(folder, 'pictures');
  await writePictures(pictures, count);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const indexes = [...Array(count).keys()];
const allPaths = (end: string) => indexes.map((number) => `${join(pictures, pictureName(number))}${end}`).join('');

describe('rows on standard output', () => {
  it('jsonl: every row as a line, in the order of the inputs, the summary on standard error', async () => {
    const { code, stdout, stderr } = await startRun([pictures, '--format', 'jsonl', '--out', '-']).ended;
    expect(code).toBe(0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { index: number; origin: string });
    expect(rows.map(({ index }) => index)).toEqual(indexes);
    expect(rows.map(({ origin }) => origin.split('/').at(-1))).toEqual(indexes.map(pictureName));
    expect(stderr).toContain(`${count} accepted = ${count} predicted`);
  });

  it('csv: a header once, then every row in order', async () => {
    const { code, stdout } = await startRun([pictures, '--format', 'csv', '--out', '-', '-q']).ended;
    expect(code).toBe(0);
    const [header, ...lines] = stdout.trimEnd().split('\n');
    expect(header).toMatch(/^index,origin,height,width/);
    expect(lines.map((line) => Number(line.split(',')[0]))).toEqual(indexes);
    expect(stdout.match(/index,origin/g)).toHaveLength(1);
  });

  it.each(['jsonl', 'csv'])('%s into `head -1`: ends quietly and soon', (format) => {
    const script = '"$0" "$1" run "$2" --format "$3" --out - -q | head -1; echo "$PIPESTATUS"';
    const args = ['-c', script, process.execPath, imgctlFile, pictures, format];
    const { stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8', timeout: 30_000 });
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toBe('0');
  });

  it('without --out: the first 20 rows as a table, nothing is kept', async () => {
    const cwd = join(folder, 'somewhere');
    await writePictures(cwd, 1);
    const { code, stdout, stderr } = await startRun([pictures], { cwd }).ended;
    expect(code).toBe(0);
    const shown = [...stdout.matchAll(/picture-(\d{4})\.png/g)].map((match) => Number(match[1]));
    expect(shown).toEqual(indexes.slice(0, 20));
    expect(stderr).toContain(`${count} accepted`);
  });
});

describe('paths on standard input', () => {
  it('-0: names with spaces, newlines and bytes that are no text', async () => {
    const strange = join(folder, 'strange');
    await writePictures(strange, 1);
    const bytes = await picture(5).png().toBuffer();
    const names = ['a b.png', 'new\nline.png', 'quote".png', 'tab\t.png'].map((name) => Buffer.from(name));
    names.push(Buffer.from([0xff, 0xfe, 0x2e, 0x70, 0x6e, 0x67]));
    const paths = names.map((name) => Buffer.concat([Buffer.from(`${strange}/`), name]));
    for (const path of paths) await writeFile(path, bytes);
    const stdin = Buffer.concat(paths.flatMap((path) => [path, Buffer.from([0])]));
    const { code, stdout } = await startRun(['-', '-0', '--format', 'jsonl', '--out', '-', '-q'], { stdin }).ended;
    expect(code).toBe(0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { origin: string; status: string });
    expect(rows.map(({ status }) => status)).toEqual(Array(5).fill('predicted'));
    expect(rows.map(({ origin }) => origin.split('/').at(-1))).toEqual([
      'a%20b.png',
      'new%0Aline.png',
      'quote%22.png',
      'tab%09.png',
      '%FF%FE.png',
    ]);
  });

  it('a row for each line as soon as it is there, whatever comes later', async () => {
    const running = startRun(['-', '--format', 'jsonl', '--out', '-', '-q'], { stdin: 'open' });
    running.write(allPaths('\n'));
    running.endInput();
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(count);
  });

  it('killed after the listing ended: resumed without standard input, all rows stand once', async () => {
    const output = join(folder, 'from-stdin');
    const args = ['-', '-0', '--out', output, '-q'];
    const running = startRun(args, { stdin: allPaths('\0') });
    expect(await running.made(output, '_plan/end.json')).toBe(true);
    running.signalGroup('SIGKILL');
    await running.ended;
    expect(await startRun(args).ended).toMatchObject({ code: 0 });
    expect((await globRows(output)).map(({ index }) => index)).toEqual(indexes);
  });

  it('killed in the middle of the listing: resumed with less than was read, refused; with the same, complete', async () => {
    const output = join(folder, 'cut-short');
    const args = ['-', '--out', output, '-q'];
    const running = startRun(args, { stdin: 'open' });
    running.write(allPaths('\n'));
    expect(await running.made(output, '_plan/000002.json')).toBe(true);
    running.signalGroup('SIGKILL');
    await running.ended;
    const short = await startRun(args, { stdin: `${join(pictures, pictureName(0))}\n` }).ended;
    expect(short.code).toBeGreaterThan(0);
    expect(short.stderr).toMatch(/standard input/);
    expect(await startRun(args, { stdin: allPaths('\n') }).ended).toMatchObject({ code: 0 });
    expect((await globRows(output)).map(({ index }) => index)).toEqual(indexes);
  });
});
