import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createExecutorPool, type ExecutorPool, type PoolOptions } from '../../src/node/executor-pool.js';
import { defaultExecutorLimits, type ExecutorLimits } from '../../src/node/executor-process.js';
import { findModel, loadModel } from '../../src/ops/model/load-model.js';
import { defaultPipeline } from '../../src/ops/options.js';

const decoder = fileURLToPath(new URL('../fixtures/decoders/treacherous.mjs', import.meta.url));
const never = new AbortController().signal;
const limits: ExecutorLimits = { ...defaultExecutorLimits, decodeMs: 400, perMegapixelMs: 100, rss: 600 * 2 ** 20 };

let folder: string;
let pool: ExecutorPool | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imgd-pool-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => pool?.close());

async function open(options: Partial<PoolOptions> = {}, settings: Partial<PoolOptions['settings']> = {}) {
  const model = await loadModel(findModel('efficientnet-lite0'), { verify: false });
  pool = createExecutorPool({
    executors: 2,
    limits,
    ...options,
    settings: {
      model,
      pipeline: defaultPipeline,
      annotateInto: null,
      decodeBudget: 256 * 2 ** 20,
      batch: 4,
      quarantined: [],
      decoder,
      ...settings,
    },
  });
  return pool;
}

/** Files of these widths, one task each. Equal widths are still different bytes. */
async function tasks(widths: readonly number[]) {
  return Promise.all(
    widths.map(async (width, index) => {
      const path = join(folder, `${index}-${width}.png`);
      const create = { width, height: 40, channels: 3, background: { r: index % 256, g: index >> 8, b: 0 } } as const;
      await writeFile(path, await sharp({ create }).png().toBuffer());
      const location = { path: pathToFileURL(path).pathname, offset: 0, length: null, version: null, root: null };
      return { index, origin: pathToFileURL(path).href, location, locality: 'local' as const };
    }),
  );
}

const run = async (widths: readonly number[], on: ExecutorPool) =>
  Promise.all((await tasks(widths)).map((task) => on.run(task, never)));

const good = (count: number) => Array.from({ length: count }, () => 40);

describe('executor pool', () => {
  it('gives one row a task, in the pictures that they belong to', async () => {
    const rows = await run(good(100), await open());
    expect(rows.map((row) => row.index)).toEqual([...Array(100).keys()]);
    expect(rows.every((row) => row.status === 'predicted' && row.label?.length === 5)).toBe(true);
  });

  it('a decoder that segfaults: its picture fails alone, all others are predicted', async () => {
    const lost: string[] = [];
    const on = await open({ onQuarantine: ({ sha256 }) => lost.push(sha256) });
    const rows = await run([...good(30), 41, ...good(30)], on);
    expect(rows[30]).toMatchObject({ status: 'failed', reason: 'decoder_crash' });
    expect(rows.filter((row) => row.status === 'predicted')).toHaveLength(60);
    expect(on.restarts.crash).toBeGreaterThanOrEqual(3);
    expect(lost).toEqual([rows[30]!.sha256]);
  });

  it('several killers at once: each is found, none of the others suffers', async () => {
    const rows = await run([41, ...good(20), 41, 41, ...good(20)], await open());
    expect(rows.filter((row) => row.reason === 'decoder_crash').map((row) => row.index)).toEqual([0, 21, 22]);
    expect(rows.filter((row) => row.status === 'predicted')).toHaveLength(40);
  });

  it.each([42, 43])('a decoder that never ends (%i): row timeout', async (width) => {
    const rows = await run([...good(10), width, ...good(10)], await open());
    expect(rows[10]).toMatchObject({ status: 'failed', reason: 'timeout' });
    expect(rows.filter((row) => row.status === 'predicted')).toHaveLength(20);
  });

  it('a decoder that eats memory: row resource', async () => {
    const rows = await run([...good(10), 44, ...good(10)], await open({ limits: { ...limits, decodeMs: 60_000 } }));
    expect(rows[10]).toMatchObject({ status: 'failed', reason: 'resource' });
    expect(rows.filter((row) => row.status === 'predicted')).toHaveLength(20);
  });

  it('the same bytes again after they killed twice: refused without a death', async () => {
    const on = await open();
    const [task] = await tasks([41]);
    await on.run(task!, never);
    const deaths = on.restarts.crash;
    expect(await on.run({ ...task!, index: 1 }, never)).toMatchObject({ reason: 'decoder_crash', index: 1 });
    expect(on.restarts.crash).toBe(deaths);
  });

  it('executors killed from outside again and again: no row is lost', async () => {
    const on = await open({ executors: 2 });
    const rows = run(good(400), on);
    await on.ready;
    for (let kill = 0; kill < 4; kill++) {
      const pid = on.pids[kill % 2];
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await on.run((await tasks([40]))[0]!, never);
    }
    const reasons = (await rows).map((row) => row.reason ?? row.status);
    expect(reasons.filter((reason) => reason !== 'predicted')).toEqual([]);
  });

  it('recycled after every 10 images: all rows come, executors change', async () => {
    const on = await open({ executors: 1, recycleImages: 10 });
    const first = await on.ready.then(() => on.pids[0]);
    const rows = await run(good(60), on);
    expect(rows.every((row) => row.status === 'predicted')).toBe(true);
    expect(on.pids).not.toContain(first);
    expect(on.restarts).toEqual({});
  });

  it('a model that cannot be opened: every task is rejected with what is wrong', async () => {
    const model = await loadModel(findModel('efficientnet-lite0'), { verify: false });
    const on = await open({}, { model: { ...model, file: join(folder, 'nothing.onnx') } });
    await expect(run([40], on)).rejects.toMatchObject({ code: expect.stringMatching(/invalid_model|not_found/) });
    await expect(on.ready).rejects.toMatchObject({ code: expect.stringMatching(/invalid_model|not_found/) });
  });

  it('aborted while waiting: the task is rejected, the pool lives', async () => {
    const on = await open({ executors: 1 });
    const gone = new AbortController();
    const [task, other] = await tasks([40, 40]);
    const waiting = on.run(task!, gone.signal);
    gone.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    expect(await on.run(other!, never)).toMatchObject({ status: 'predicted' });
  });
});
