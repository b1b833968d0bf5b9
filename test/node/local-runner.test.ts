import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ImgdError } from '../../src/base/errors.js';
import type { JobRecord } from '../../src/io/job-spec.js';
import type { OutputStore } from '../../src/io/output-store.js';
import { openFsStore } from '../../src/io/output-store-fs.js';
import { summarisePart } from '../../src/io/recount.js';
import type { Entry, Source } from '../../src/io/source.js';
import type { ExecutorPool } from '../../src/node/executor-pool.js';
import { createLocalRunner } from '../../src/node/local-runner.js';
import type { PartEvent } from '../../src/node/part-runner.js';
import { failedRow, type RowContent, rowWithout } from '../../src/ops/failed-row.js';
import { defaultPipeline } from '../../src/ops/options.js';

const never = new AbortController().signal;
type Task = Parameters<ExecutorPool['run']>[0];

let folder: string;
let store: OutputStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imgd-runner-'));
  store = await openFsStore(join(folder, 'output'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const record = {
  id: 'job',
  spec: { format: 'parquet', pipeline: defaultPipeline, listArrays: false, model: { sha256: 'm' } },
} as unknown as JobRecord;

const entriesOf = (count: number): Entry[] =>
  Array.from({ length: count }, (_, i) => ({ uri: `file:///inputs/${i}.png`, size: 1, version: '1' }));

const predicted = ({ index, origin, locality }: Task): RowContent => ({
  ...rowWithout,
  index,
  origin,
  locality,
  status: 'predicted',
});

const failing = (task: Task, code: 'not_found' | 'source_error') =>
  failedRow(task, { code, message: 'as the test wants' });

/** A pool of which only `run` is asked anything; counts how many tasks it holds at once. */
function poolOf(answer: (task: Task, signal: AbortSignal) => Promise<RowContent>) {
  const seen = { most: 0, now: 0, tasks: [] as number[] };
  const run: ExecutorPool['run'] = async (task, signal) => {
    seen.tasks.push(task.index);
    seen.most = Math.max(seen.most, ++seen.now);
    try {
      return await answer(task, signal);
    } finally {
      seen.now--;
    }
  };
  return { seen, pool: { run } as unknown as ExecutorPool };
}

const source: Source = {
  ignored: 0,
  list: () => {
    throw new Error('nobody lists here');
  },
  locate: async (entry) => ({ path: entry.uri.slice(7), offset: 0, length: null, version: entry.version, root: null }),
  close: async () => {},
};

const there = async () => null;

const attemptOf = (entries: readonly Entry[], id = 'attempt-1', first = 100) => ({
  part: { number: 1, first, count: entries.length },
  entries,
  id,
});

async function drain(events: AsyncIterable<PartEvent>) {
  const rows: { index: number; status: string; reason: string | null; node: string; attempt: string }[] = [];
  const summaries: unknown[] = [];
  for await (const event of events) {
    if (event.kind === 'rows') rows.push(...event.rows);
    else summaries.push(event.summary);
  }
  return { rows, summaries };
}

const names = async (below: string) => readdir(join(folder, 'output', below)).catch((): string[] => []);

/** Resolves after so many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('local runner', () => {
  it('rows that are ready in any order: told and written in index order, the summary is what stands', async () => {
    const { pool, seen } = poolOf(async (task) => {
      await turns((task.index * 7) % 5);
      return predicted(task);
    });
    const runner = createLocalRunner({ node: 'here', pool, source, inputAway: there, output: { store, record } });
    const { rows, summaries } = await drain(runner.run(attemptOf(entriesOf(700)), never));
    expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: 700 }, (_, i) => 100 + i));
    expect(rows.every(({ node, attempt }) => node === 'here' && attempt === 'attempt-1')).toBe(true);
    expect(seen.most).toBeLessThanOrEqual(256);
    expect(await names('data')).toEqual(['part-00001.parquet']);
    expect(await names('_tmp')).toEqual([]);
    const standing = await summarisePart(store, { number: 1, first: 100, count: 700 }, 'parquet');
    expect(summaries).toEqual([standing]);
  });

  it('an entry that was refused at its listing: a row, nobody reads it', async () => {
    const { pool, seen } = poolOf(async (task) => predicted(task));
    const runner = createLocalRunner({ node: 'here', pool, source, inputAway: there, output: null });
    const refused = { code: 'not_a_file', message: 'It is a folder.' } as const;
    const [one, two] = entriesOf(2);
    const { rows, summaries } = await drain(runner.run(attemptOf([{ ...one!, refused }, two!]), never));
    expect(rows.map(({ status, reason }) => reason ?? status)).toEqual(['not_a_file', 'predicted']);
    expect(seen.tasks).toEqual([101]);
    expect(summaries).toEqual([null]);
  });

  it('the storage fails for one input: three tries, then a row; once better, its prediction', async () => {
    const tries = new Map<number, number>();
    const { pool } = poolOf(async (task) => {
      const tried = (tries.get(task.index) ?? 0) + 1;
      tries.set(task.index, tried);
      return task.index === 100 || tried < 3 ? failing(task, 'source_error') : predicted(task);
    });
    const runner = createLocalRunner({ node: 'here', pool, source, inputAway: there, output: null });
    const { rows } = await drain(runner.run(attemptOf(entriesOf(2)), never));
    expect(rows.map(({ status, reason }) => reason ?? status)).toEqual(['source_error', 'predicted']);
    expect([...tries.values()]).toEqual([3, 3]);
  });

  it('a file is gone and its folder is there: a row', async () => {
    const { pool } = poolOf(async (task) => failing(task, 'not_found'));
    const runner = createLocalRunner({ node: 'here', pool, source, inputAway: there, output: { store, record } });
    const { rows } = await drain(runner.run(attemptOf(entriesOf(1)), never));
    expect(rows[0]).toMatchObject({ status: 'failed', reason: 'not_found' });
  });

  it('the whole folder is gone: the attempt fails as one that time may repair, nothing is kept', async () => {
    const { pool } = poolOf(async (task) => (task.index < 150 ? predicted(task) : failing(task, 'not_found')));
    const runner = createLocalRunner({
      node: 'here',
      pool,
      source,
      inputAway: async () => new ImgdError('unavailable', 'the folder is away'),
      output: { store, record },
    });
    const failed = drain(runner.run(attemptOf(entriesOf(80)), never)).catch((error: unknown) => error);
    expect(await failed).toMatchObject({ code: 'unavailable', failureClass: 'transient' });
    expect([await names('data'), await names('_tmp')]).toEqual([[], []]);
  });

  it('an input cannot be located because all are away: the attempt fails as one that time may repair', async () => {
    const { pool } = poolOf(async (task) => predicted(task));
    const locate = () => Promise.reject(new ImgdError('not_found', 'there is no folder /inputs'));
    const runner = createLocalRunner({
      node: 'here',
      pool,
      source: { ...source, locate },
      inputAway: there,
      output: { store, record },
    });
    await expect(drain(runner.run(attemptOf(entriesOf(3)), never))).rejects.toMatchObject({ code: 'unavailable' });
    expect([await names('data'), await names('_tmp')]).toEqual([[], []]);
  });

  it('aborted in the middle: rejected with the reason, nothing is kept', async () => {
    const stop = new AbortController();
    const { pool } = poolOf(async (task) => {
      if (task.index === 150) stop.abort(new ImgdError('cancelled', 'enough'));
      await turns(1);
      return predicted(task);
    });
    const runner = createLocalRunner({ node: 'here', pool, source, inputAway: there, output: { store, record } });
    await expect(drain(runner.run(attemptOf(entriesOf(400)), stop.signal))).rejects.toThrow('enough');
    expect([await names('data'), await names('_tmp')]).toEqual([[], []]);
  });

  it('another attempt has committed the part: its file stays, no summary', async () => {
    const { pool } = poolOf(async (task) => predicted(task));
    const runner = createLocalRunner({ node: 'here', pool, source, inputAway: there, output: { store, record } });
    await drain(runner.run(attemptOf(entriesOf(5), 'first'), never));
    const { summaries } = await drain(runner.run(attemptOf(entriesOf(5), 'second'), never));
    expect(summaries).toEqual([null]);
    expect(await summarisePart(store, { number: 1, first: 100, count: 5 }, 'parquet')).toMatchObject({
      attempt: 'first',
    });
    expect(await names('_tmp')).toEqual([]);
  });

  it('two attempts at once: one file, one of them has the summary', async () => {
    const { pool } = poolOf(async (task) => {
      await turns(task.index % 3);
      return predicted(task);
    });
    const runner = createLocalRunner({ node: 'here', pool, source, inputAway: there, output: { store, record } });
    const ids = ['first', 'second'];
    const ends = await Promise.all(ids.map((id) => drain(runner.run(attemptOf(entriesOf(90), id), never))));
    const summaries = ends.flatMap((end) => end.summaries).filter((summary) => summary !== null);
    expect(summaries).toEqual([await summarisePart(store, { number: 1, first: 100, count: 90 }, 'parquet')]);
    expect(await names('_tmp')).toEqual([]);
  });

  it('the executors can no longer work: the attempt fails with why, nothing is kept', async () => {
    const broken = new ImgdError('invalid_model', 'the model is damaged');
    const { pool } = poolOf(() => Promise.reject(broken));
    const runner = createLocalRunner({ node: 'here', pool, source, inputAway: there, output: { store, record } });
    await expect(drain(runner.run(attemptOf(entriesOf(3)), never))).rejects.toBe(broken);
    expect([await names('data'), await names('_tmp')]).toEqual([[], []]);
  });
});
