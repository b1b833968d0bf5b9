import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { planCommand } from '../../src/cli/plan.js';
import { rememberPace } from '../../src/node/measured-pace.js';
import { failedRow, plainRow } from '../io/sample-rows.js';
import { useTempFolders } from '../io/temp-folder.js';
import { makeOutput, never, originalOf, runCaptured, samples } from './look-fixture.js';

const folder = useTempFolders();
const plan = (...args: string[]) => runCaptured((terminal) => planCommand(never, terminal), args);

beforeEach(async () => {
  vi.stubEnv('XDG_CACHE_HOME', await folder());
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('imgctl plan', () => {
  test('prints what is there, what the filter keeps and what it will take', async () => {
    const { stdout, stderr } = await plan(samples, '--filter', 'nChannels > 2', '--executors', '2');
    expect(stdout).toMatch(/^inputs +\d+ files, \d\.\d+ MB$/m);
    expect(stdout).toMatch(/^ignored +1 other file \(--all-files takes them\)$/m);
    expect(stdout).toMatch(/^formats +(jpeg|png) +\d+ +\S+ MB +median 0\.\d+ MP$/m);
    expect(stdout).toMatch(/^sizes +0\.116 MP smallest, .* median, 1\.99 MP largest; \S+ MP in all$/m);
    expect(stdout).toMatch(/^filter +keeps \d+ of \d+ pictures \(\S+ %\)$/m);
    expect(stdout).toMatch(/^dropped +2 +not nChannels > 2 +camera\.png, coins\.png$/m);
    expect(stdout).toMatch(/^will take +about \S+ s with 2 executors \(an estimate by figures of another machine/m);
    expect(stderr).toBe('');
  });

  test('as JSON gives the same numbers', async () => {
    const output = JSON.parse((await plan(samples, '--json')).stdout);
    expect(output).toMatchObject({ inputs: [samples], ignored: 1, filter: null, estimated_from: 'built_in' });
    const failed = Object.values<{ count: number }>(output.failures).reduce((sum, { count }) => sum + count, 0);
    expect(output.kept + failed).toBe(output.accepted);
    expect(output.formats.png.count + output.formats.jpeg.count).toBe(output.kept);
    expect(output.pixels.max).toBe(1411 * 1411);
    expect(output.expected_seconds).toBeGreaterThan(0.5);
  });

  test("lists oversize and unreadable files apart, and shows no name's control characters", async () => {
    const place = await folder();
    await writeFile(join(place, 'bad\u001b[2J.jpg'), 'no picture');
    await writeFile(join(place, 'large.jpg'), Buffer.alloc(3000));
    const { stdout } = await plan(place, '--max-bytes', '2k');
    expect(stdout).toMatch(/^oversize +1 {2}too_large {2}large\.jpg$/m);
    expect(stdout).toMatch(/^unreadable +1 {2}unsupported_format {2}bad\\u001b\[2J\.jpg$/m);
  });

  test('takes a sample, and only what failed in an output', async () => {
    const accepted = async (...args: string[]) => JSON.parse((await plan(samples, '--json', ...args)).stdout).accepted;
    expect(await accepted('--sample', '3')).toBe(3);
    const output = join(await folder(), 'labels');
    const original = await originalOf(join(samples, 'china.jpg'));
    await makeOutput(output, [{ ...failedRow(0), ...original }, plainRow(1)]);
    expect(await accepted('--failed-of', output)).toBe(1);
  });

  test('the Spark preset filters as the recipe does', async () => {
    const { stdout } = await plan(samples, '--preset', 'spark');
    expect(stdout).toContain('not image.nChannels > 2');
    expect((await plan(samples, '--preset', 'spark', '--no-filter')).stdout).not.toContain('filter');
  });

  test('expects what the last run on this machine took', async () => {
    const seconds = async () => JSON.parse((await plan(samples, '--json', '--executors', '1')).stdout);
    const before = await seconds();
    const pace = { model: 'efficientnet-lite0', precision: 'int8', msPerImage: 300, pixelsPerImage: 200_000 };
    await rememberPace(pace);
    const after = await seconds();
    expect(after.estimated_from).toBe('last_run');
    expect(after.expected_seconds).toBeGreaterThan(3 * before.expected_seconds);
    await rememberPace({ ...pace, model: 'another' });
    expect(await seconds()).toEqual(before);
  });

  test('a wrong filter and a missing folder are errors', async () => {
    await expect(plan(samples, '--filter', 'heigth < 3')).rejects.toMatchObject({ code: 'usage' });
    const place = await folder();
    await mkdir(join(place, 'empty'));
    expect((await plan(join(place, 'empty'))).stdout).toContain('0 files');
  });
});
