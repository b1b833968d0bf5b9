import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { desktopOpener } from '../../src/cli/open-on-desktop.js';
import { showCommand } from '../../src/cli/show.js';
import { openFsStore } from '../../src/io/output-store-fs.js';
import { defaultPipeline } from '../../src/ops/options.js';
import { commitRows, planJob } from '../io/sample-output.js';
import { failedRow, filteredRow, plainRow, spec } from '../io/sample-rows.js';
import { useTempFolders } from '../io/temp-folder.js';
import { makeOutput, never, originalOf, runCaptured, samples } from './look-fixture.js';

const folder = useTempFolders();

const opened: string[] = [];
const show = (...args: string[]) =>
  runCaptured((terminal) => showCommand(never, terminal, async (path) => opened.push(path) > 0), args);
const showWithoutDesktop = (...args: string[]) =>
  runCaptured((terminal) => showCommand(never, terminal, async () => false), args);

async function tenRows(): Promise<string> {
  const output = await folder();
  const rows = Array.from({ length: 10 }, (_, index) =>
    index === 4 ? filteredRow(index) : index === 7 ? failedRow(index) : plainRow(index),
  );
  await makeOutput(output, rows);
  return output;
}

const linesOf = (text: string) => text.trimEnd().split('\n');

describe('imgctl show', () => {
  test("prints Spark's table of the first five rows and says that there are more", async () => {
    const { stdout, stderr } = await show(await tenRows());
    const lines = linesOf(stdout);
    expect(lines[1]).toMatch(/^\|origin +\|height\|width\|mode\|nChannels\|label +\|score +\|$/);
    expect(lines.filter((line) => line.startsWith('|file:'))).toHaveLength(5);
    expect(lines[3]).toMatch(
      /^\|file:\/\/\/photos\/0\.jpg\|480 +\|640 +\|16 +\|3 +\|\[dog, cat\] *\|\[0\.75, 0\.125\]\|$/,
    );
    expect(lines.at(-1)).toBe('only showing top 5 rows');
    expect(stderr).toBe('');
  });

  test('begins where --from says, and says nothing of more where there is none', async () => {
    const { stdout } = await show(await tenRows(), '--from', '8');
    expect(stdout.match(/photos\/\d/g)).toEqual(['photos/8', 'photos/9']);
    expect(stdout).not.toContain('only showing');
  });

  test('shows why rows failed or were filtered', async () => {
    const output = await tenRows();
    const failed = await show(output, '--status', 'failed');
    expect(failed.stdout).toContain('|truncated|The file ends in the middle of the picture.|');
    const filtered = await show(output, '--status', 'filtered');
    expect(filtered.stdout).toContain('|height < 1000|');
    expect(linesOf(filtered.stdout)).toHaveLength(5);
  });

  test('as JSON gives every column, a row a line', async () => {
    const { stdout } = await show(await tenRows(), '--json', '--limit', '2');
    const rows = linesOf(stdout).map((line) => JSON.parse(line));
    expect(rows).toMatchObject([{ index: 0, label: ['dog', 'cat'], predict_ms: 4 }, { index: 1 }]);
    expect(Object.keys(rows[0])).toHaveLength(22);
  });

  test('of a job that is not complete says so', async () => {
    const output = await folder();
    const store = await openFsStore(output);
    const { parts } = await planJob(store, spec(), [1, 3]);
    await commitRows(store, spec(), parts[0]!, [plainRow(0)]);
    expect((await show(output)).stderr).toContain('not complete');
  });

  test('--row prints every column on a line of its own, pixels by their number', async () => {
    const output = await folder();
    const pipeline = { ...defaultPipeline, columns: ['data', 'predictions'] as const };
    const row = plainRow(0, {
      origin: 'file:///a\u001b[2J.jpg',
      data: new Uint8Array(12_000),
      predictions: Float32Array.from({ length: 1000 }, (_, place) => place / 8),
    });
    await makeOutput(output, [row], spec('parquet', { pipeline }));
    const { stdout } = await show(output, '--row', '0');
    expect(stdout).toContain('origin       file:///a\\u001b[2J.jpg\n');
    expect(stdout).toContain('score        0.75, 0.125\n');
    expect(stdout).toContain('data         12,000 bytes\n');
    expect(stdout).toContain('predictions  1,000 numbers: 0, 0.125, 0.25, 0.375, 0.5, …\n');
    expect(linesOf(stdout)).toHaveLength(24);
    expect(JSON.parse((await show(output, '--row', '0', '--json')).stdout).predictions).toHaveLength(1000);
  });

  test('--row of none, and flags that need a row, are errors', async () => {
    const output = await tenRows();
    await expect(show(output, '--row', '10')).rejects.toMatchObject({ code: 'not_found' });
    await expect(show(output, '--open')).rejects.toMatchObject({ code: 'usage' });
    await expect(show(output, '--row', '1', '--bgr')).rejects.toMatchObject({ code: 'usage' });
    await expect(show(join(output, 'data'))).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('imgctl show --row --open', () => {
  async function chelsea(): Promise<string> {
    const output = await folder();
    const original = await originalOf(join(samples, 'chelsea.png'));
    await makeOutput(output, [plainRow(0, original), { ...filteredRow(1), ...original }, failedRow(2), plainRow(3)]);
    return output;
  }

  test('makes the picture with its label, prints where it is and opens it', async () => {
    const { stdout } = await show(await chelsea(), '--row', '0', '--open');
    const path = stdout.trimEnd();
    try {
      expect(opened).toEqual([path]);
      expect(await sharp(path).metadata()).toMatchObject({ format: 'jpeg', width: 451, height: 300 });
      expect(await redCount(path)).toBeGreaterThan((await redCount(join(samples, 'chelsea.png'))) + 100);
    } finally {
      await rm(dirname(path), { recursive: true });
    }
  });

  test('without a desktop says how to see it', async () => {
    const output = await chelsea();
    const file = join(output, 'picture.jpg');
    const { stdout, stderr } = await showWithoutDesktop(output, '--row', '0', '--open', '--save', file);
    expect(stdout).toBe(`${file}\n`);
    expect(stderr).toContain('no desktop');
  });

  test('--bgr swaps red and blue but in the label', async () => {
    const output = await chelsea();
    const file = join(output, 'blue.png');
    await show(output, '--row', '0', '--save', file, '--bgr');
    const [plain, blue] = await Promise.all([meansOf(join(samples, 'chelsea.png')), meansOf(file)]);
    expect(blue.red).toBeCloseTo(plain.blue, -1);
    expect(blue.blue).toBeCloseTo(plain.red, -1);
    expect(await redCount(file)).toBeGreaterThan(100);
    expect((await readFile(file)).toString('latin1', 1, 4)).toBe('PNG');
  });

  test('shows a filtered row as such, and neither a failed one nor one whose original is gone', async () => {
    const output = await chelsea();
    const file = join(output, 'picture.jpg');
    await show(output, '--row', '1', '--save', file);
    expect(await redCount(file)).toBeGreaterThan(100);
    await expect(show(output, '--row', '2', '--save', file)).rejects.toThrow(
      /row 2 has no picture, it failed \(truncated\)/,
    );
    await expect(show(output, '--row', '3', '--save', file)).rejects.toMatchObject({ code: 'not_found' });
  });
});

async function meansOf(path: string) {
  const { channels } = await sharp(path).stats();
  return { red: channels[0]!.mean, blue: channels[2]!.mean };
}

/** Pixels as red as a label's letters. */
async function redCount(path: string): Promise<number> {
  const { data } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let count = 0;
  for (let at = 0; at < data.length; at += 3) {
    if (data[at]! > 220 && data[at + 1]! < 60 && data[at + 2]! < 60) count += 1;
  }
  return count;
}

test('the opener is the desktop’s own, and none where nobody sits in front of a screen', () => {
  expect(desktopOpener('linux', { DISPLAY: ':0' })).toEqual({ command: 'xdg-open', args: [] });
  expect(desktopOpener('linux', { WAYLAND_DISPLAY: 'wayland-0' })?.command).toBe('xdg-open');
  expect(desktopOpener('linux', { DISPLAY: '' })).toBeNull();
  expect(desktopOpener('darwin', {})).toEqual({ command: 'open', args: [] });
  expect(desktopOpener('darwin', { SSH_CONNECTION: '1' })).toBeNull();
  expect(desktopOpener('win32', {})).toEqual({ command: 'cmd', args: ['/c', 'start', ''] });
});
