import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { page, projectRoot } from './markdown.js';

interface Cell {
  readonly cell_type: string;
  readonly source: readonly string[] | string;
  readonly outputs?: readonly object[];
}

const textOf = ({ source }: Cell) => (typeof source === 'string' ? source : source.join(''));
const samples = join(projectRoot, 'samples');

test('the broken sample is china.jpg cut at a third of its bytes', () => {
  const whole = readFileSync(join(samples, 'china.jpg'));
  const broken = readFileSync(join(samples, 'broken.jpg'));
  expect(broken.equals(whole.subarray(0, Math.floor(whole.length / 3)))).toBe(true);
});

test('every sample is credited', () => {
  const credits = page('samples/CREDITS.md');
  const names = readdirSync(samples).filter((name) => !name.endsWith('.md'));
  expect(names.filter((name) => !credits.includes(`| \`${name}\` |`))).toEqual([]);
});

describe('the demo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imgd-demo-'));
  const output = join(folder, 'demo-output');
  const demo = () =>
    promisify(execFile)(process.execPath, [join(projectRoot, 'scripts/demo.mjs'), output], {
      env: { ...process.env, HOME: folder },
      timeout: 60_000,
    });
  let shown = '';
  beforeAll(async () => {
    shown = (await demo()).stdout;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('shows predicted, filtered and failed rows, and where everything lies', () => {
    expect(shown).toMatch(/chelsea\.png .* predicted .*_cat /);
    expect(shown).toMatch(/coins\.png .* filtered .* nChannels > 2 /);
    expect(shown).toMatch(/broken\.jpg .* failed .* truncated: /);
    for (const name of ['data', 'annotated', 'report.html']) {
      expect(shown).toContain(`demo-output/${name}`);
      expect(readdirSync(output)).toContain(name);
    }
    expect(readdirSync(join(output, 'annotated'))).toHaveLength(8);
  });

  test('a second time it replaces its own output', async () => {
    const job = () => JSON.parse(readFileSync(join(output, '_job.json'), 'utf8')).id as string;
    const before = job();
    expect((await demo()).stdout).toMatch(/broken\.jpg .* failed /);
    expect(job()).not.toBe(before);
  });

  test('the SQL of the notebook runs on its rows', async () => {
    const { cells } = JSON.parse(page('docs/read-the-rows.ipynb')) as { cells: Cell[] };
    const queries = cells.flatMap((cell) => [...textOf(cell).matchAll(/duckdb\.sql\(f"""(.*?)"""\)/gs)]);
    expect(queries).toHaveLength(3);
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const counts: number[] = [];
    for (const [, sql = ''] of queries) {
      const result = await connection.runAndReadAll(sql.replaceAll('{rows_of}', `'${output}/data/*.parquet'`));
      counts.push(result.currentRowCount);
    }
    connection.closeSync();
    instance.closeSync();
    expect(counts[0]).toBe(8);
    expect(counts[1]).toBeGreaterThanOrEqual(8);
    expect(counts[2]).toBe(2);
  });
});

test('the notebook was run to its end and holds no path of a machine', () => {
  const text = page('docs/read-the-rows.ipynb');
  const { cells } = JSON.parse(text) as { cells: Cell[] };
  const code = cells.filter(({ cell_type }) => cell_type === 'code');
  // the first cell sets names and imports, which shows nothing
  expect(code.slice(1).map(({ outputs }) => outputs?.length)).toEqual(code.slice(1).map(() => 1));
  expect(text).not.toMatch(/"ename"|file:\/\/\/|\/(home|root|tmp|Users|work)\//);
});
