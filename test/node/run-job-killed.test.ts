/** SIGKILL at any moment, then the same command again: every input has one row, and what was committed stays. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRows } from '../../src/io/read-output.js';
import { run, startRun } from '../fixtures/command.js';
import { conservationBreaches, type GlobRow, globRows } from '../fixtures/glob-reader.js';
import { writePictures } from '../fixtures/pictures.js';

const count = 200;
let folder: string;
let pictures: string;
let names: string[];
let outputs = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imgd-killed-'));
  pictures = join(folder, 'pictures');
  names = await writePictures(pictures, count);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fresh = () => join(folder, `output-${outputs++}`);
const command = (output: string) => [pictures, '--out', output, '--quiet'];

/** Numbers in [0, 1) that are the same in every run of the test (Park and Miller's minimal standard). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** What was committed before stands as it stood: the same attempts, not made anew. */
function expectKept(before: readonly GlobRow[], after: readonly GlobRow[]): void {
  const attempts = new Map(after.map(({ index, attempt }) => [index, attempt]));
  expect(before.filter(({ index, attempt }) => attempts.get(index) !== attempt)).toEqual([]);
}

async function expectComplete(output: string): Promise<GlobRow[]> {
  const rows = await globRows(output);
  expect(rows.map(({ index }) => index)).toEqual([...Array(count).keys()]);
  expect(rows.map(({ origin }) => origin.slice(origin.lastIndexOf('/') + 1))).toEqual(names);
  expect(rows.filter(({ status }) => status !== 'predicted')).toEqual([]);
  const ours: number[] = [];
  for await (const { index } of readRows(output, { columns: ['index'] })) ours.push(index);
  expect(ours).toEqual(rows.map(({ index }) => index));
  expect(await readdir(join(output, '_tmp'))).toEqual([]);
  return rows;
}

/** Runs until `name` stands in the output, then kills the whole group. False: it had ended before. */
async function killWhen(output: string, name: string): Promise<boolean> {
  const running = startRun(command(output));
  const made = await running.made(output, name);
  running.signalGroup('SIGKILL');
  return (await running.ended).signal === 'SIGKILL' && made;
}

describe('a run that is killed', () => {
  it('at six random moments: at each of them no row stands twice; repeated, all rows stand once', async () => {
    const random = randomFrom(20_261_124);
    let output = fresh();
    let kills = 0;
    while (kills < 6) {
      const before = await globRows(output);
      const running = startRun(command(output));
      await Promise.race([sleep(200 + random() * 700), running.ended]);
      running.signalGroup('SIGKILL');
      const { code, signal } = await running.ended;
      expect([code === 0, signal === 'SIGKILL']).toContain(true);
      kills++;
      const after = await globRows(output);
      expect(conservationBreaches(after, count)).toEqual([]);
      expectKept(before, after);
      if (existsSync(join(output, '_SUCCESS'))) {
        await expectComplete(output);
        output = fresh();
      }
    }
    const before = await globRows(output);
    expect(await run(...command(output))).toMatchObject({ code: 0 });
    expectKept(before, await expectComplete(output));
  });

  it.each(['_job.json', '_plan/000001.json', 'data/part-00001.parquet', 'data/part-00003.parquet', '_plan/end.json'])(
    'when %s stands: repeated, all rows stand once',
    async (name) => {
      const output = fresh();
      expect(await killWhen(output, name)).toBe(true);
      const before = await globRows(output);
      expect(conservationBreaches(before, count)).toEqual([]);
      expect(await run(...command(output))).toMatchObject({ code: 0 });
      expectKept(before, await expectComplete(output));
    },
  );

  it('between the end and the manifest: the manifest follows, no row is made anew', async () => {
    const output = fresh();
    await killWhen(output, '_end/1.json');
    // the kill may come a moment late; without the manifest the output is as one moment earlier
    await rm(join(output, '_SUCCESS'), { force: true });
    await writeFile(join(output, '_tmp', 'part-4-left-by-the-dead'), 'half a part');
    const before = await globRows(output);
    expect(before).toHaveLength(count);
    expect(await run(...command(output))).toMatchObject({ code: 0 });
    expectKept(before, await expectComplete(output));
    expect(await readdir(join(output, '_end'))).toEqual(['1.json']);
  });

  it('between the closing of the plan and saying so: goes on from the plan that is closed', async () => {
    const output = fresh();
    await killWhen(output, '_plan/end.json');
    await rm(join(output, '_plan', 'end.json'));
    const segments = await readdir(join(output, '_plan'));
    expect(await run(...command(output))).toMatchObject({ code: 0 });
    await expectComplete(output);
    expect(await readdir(join(output, '_plan'))).toEqual(expect.arrayContaining(segments));
  });

  it('the parent alone: its executors end by themselves', async () => {
    const output = fresh();
    const running = startRun(command(output));
    expect(await running.made(output, 'data/part-00001.parquet')).toBe(true);
    process.kill(running.pid, 'SIGKILL');
    await running.ended; // 'close': nobody holds its standard output any more
    const groupIsGone = () => {
      try {
        process.kill(-running.pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    await expect.poll(groupIsGone, { timeout: 5_000 }).toBe(true);
  });

  it('two commands on one output at once: both end well, all rows stand once', async () => {
    const output = fresh();
    const ends = await Promise.all([run(...command(output)), run(...command(output))]);
    expect(ends.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    await expectComplete(output);
  });
});
