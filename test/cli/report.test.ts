import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Terminal } from '../../src/cli/process-terminal.js';
import { reportCommand } from '../../src/cli/report.js';
import { openFsStore } from '../../src/io/output-store-fs.js';
import { defaultPipeline } from '../../src/ops/options.js';
import { commitRows, planJob } from '../io/sample-output.js';
import { failedRow, filteredRow, plainRow, spec } from '../io/sample-rows.js';
import { useTempFolders } from '../io/temp-folder.js';
import { makeOutput, never, originalOf, runCaptured, samples } from './look-fixture.js';

const folder = useTempFolders();

const report = (...args: string[]) => runCaptured((terminal) => reportCommand(never, terminal), args);

async function sampleRows() {
  const names = (await readdir(samples)).filter((name) => /\.(jpg|png)$/.test(name)).sort();
  const originals = await Promise.all(names.map((name) => originalOf(join(samples, name))));
  return [
    ...originals.map((original, index) => plainRow(index, original)),
    filteredRow(originals.length),
    failedRow(originals.length + 1),
  ];
}

describe('imgctl report', () => {
  test.each(['parquet', 'jsonl'] as const)('makes report.html in an output of %s', async (format) => {
    const output = join(await folder(), 'labels');
    const pipeline = { ...defaultPipeline, filter: 'height < 1000' };
    await makeOutput(output, await sampleRows(), spec(format, { pipeline }));
    const { stdout, stderr } = await report(output);
    expect(stdout).toBe(`${join(output, 'report.html')}\n`);
    expect(stderr).toMatch(/^\d+(\.\d+)? kB; open it/);
    const page = await readFile(join(output, 'report.html'), 'utf8');
    expect(page).toContain('<h1>labels</h1>');
    expect(page).toContain('<code>height &lt; 1000</code>');
    expect(page.match(/src="data:image\/webp/g)?.length).toBeGreaterThanOrEqual(10);
    expect(page).not.toMatch(/https?:/);
    expect((await readdir(output)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('takes a title, another file and fewer pictures', async () => {
    const place = await folder();
    await makeOutput(join(place, 'labels'), await sampleRows());
    const file = join(place, 'page.html');
    await report(join(place, 'labels'), '--out', file, '--title', 'A & B', '--pictures', '3');
    const page = await readFile(file, 'utf8');
    expect(page).toContain('<title>A &amp; B</title>');
    expect(page.match(/<li class="tile"/g)).toHaveLength(3);
  });

  test('made again, replaces the page', async () => {
    const output = await folder();
    await makeOutput(output, [plainRow(0)]);
    await writeFile(join(output, 'report.html'), 'old');
    await report(output);
    expect(await readFile(join(output, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  test('of a job that is not complete shows the rows that it has', async () => {
    const output = await folder();
    const store = await openFsStore(output);
    const { parts } = await planJob(store, spec(), [2, 3]);
    await commitRows(store, spec(), parts[0]!, [plainRow(0), plainRow(1)]);
    await report(output);
    expect(await readFile(join(output, 'report.html'), 'utf8')).toContain('The job is not complete: 2 of 5 rows');
  });

  test('of a folder that is no output, or at a place that is none, is an error with what to do', async () => {
    const place = await folder();
    await expect(report(place)).rejects.toMatchObject({ code: 'not_found' });
    await mkdir(join(place, 'labels'));
    await makeOutput(join(place, 'labels'), [plainRow(0)]);
    const nowhere = report(join(place, 'labels'), '--out', join(place, 'none', 'page.html'));
    await expect(nowhere).rejects.toMatchObject({ code: 'not_found', hint: expect.stringContaining('--out') });
  });

  test('refuses more pictures than a page may hold', async () => {
    const quiet = (terminal: Terminal) => reportCommand(never, terminal).configureOutput({ writeErr: () => {} });
    await expect(runCaptured(quiet, ['labels', '--pictures', '5000'])).rejects.toThrow(/At most 2000/);
  });
});
