/** What happens around a running job: its inputs vanish, its disk fills up, somebody presses Ctrl-C. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, statfs, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run, startRun } from '../fixtures/command.js';
import { type GlobRow, globRows } from '../fixtures/glob-reader.js';
import { picture, pictureName, writePictures } from '../fixtures/pictures.js';

const count = 300;
let originals: string;
let folder: string;
let pictures: string;
let output: string;

beforeAll(async () => {
  originals = await mkdtemp(join(tmpdir(), 'imgd-originals-'));
  await writePictures(originals, count);
});
afterAll(() => rm(originals, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imgd-faults-'));
  pictures = join(folder, 'pictures');
  output = join(folder, 'output');
  await cp(originals, pictures, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const command = () => [pictures, '--out', output, '--executors', '1', '--quiet'];
const reasons = (rows: readonly GlobRow[]) =>
  Object.fromEntries(rows.filter(({ reason }) => reason !== null).map(({ index, reason }) => [index, reason]));
const indexes = [...Array(count).keys()];

/** Holds the job still when its first part is committed, does something to its world, and lets it go on. */
async function amidJob(meddle: () => Promise<void>, args = command()) {
  const running = startRun(args);
  expect(await running.made(output, 'data/part-00001.parquet')).toBe(true);
  running.signalGroup('SIGSTOP');
  expect(existsSync(join(output, '_SUCCESS'))).toBe(false);
  await meddle();
  running.signalGroup('SIGCONT');
  return running;
}

describe('the inputs of a running job', () => {
  it('their folder vanishes and comes back: the job waits and goes on, no row about the absence', async () => {
    const aside = join(folder, 'aside');
    const running = await amidJob(() => rename(pictures, aside));
    await sleep(1_500);
    const between = await globRows(output);
    expect(reasons(between)).toEqual({});
    expect(between.length).toBeLessThan(count);
    await rename(aside, pictures);
    expect(await running.ended).toMatchObject({ code: 0 });
    const rows = await globRows(output);
    expect(rows.map(({ index }) => index)).toEqual(indexes);
    expect(reasons(rows)).toEqual({});
  });

  it('their folder vanishes and the job is stopped: refused until it is back, then the same command completes', async () => {
    const aside = join(folder, 'aside');
    const running = await amidJob(() => rename(pictures, aside));
    await sleep(1_000);
    running.signalGroup('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130 });
    const away = await run(...command());
    expect(away.code).toBe(1);
    expect(away.stderr).toMatch(/another job|away/);
    expect(reasons(await globRows(output))).toEqual({});
    expect(existsSync(join(output, '_SUCCESS'))).toBe(false);

    await rename(aside, pictures);
    expect(await run(...command())).toMatchObject({ code: 0 });
    const rows = await globRows(output);
    expect(rows.map(({ index }) => index)).toEqual(indexes);
    expect(reasons(rows)).toEqual({});
  });

  it('one is deleted, one changed, one becomes a folder: a row each, the rest predicted', async () => {
    const [gone, changed, turned] = [count - 1, count - 2, count - 3] as const;
    const running = await amidJob(async () => {
      await rm(join(pictures, pictureName(gone)));
      await writeFile(join(pictures, pictureName(changed)), await picture(7, { width: 90 }).png().toBuffer());
      await rm(join(pictures, pictureName(turned)));
      await mkdir(join(pictures, pictureName(turned)));
    });
    expect(await running.ended).toMatchObject({ code: 0 });
    const rows = await globRows(output);
    expect(rows.map(({ index }) => index)).toEqual(indexes);
    expect(reasons(rows)).toEqual({ [gone]: 'not_found', [changed]: 'input_changed', [turned]: 'not_a_file' });
  });

  it('new ones come after the listing: they are not in the job, and the complete output says so', async () => {
    expect(await run(...command())).toMatchObject({ code: 0 });
    await writeFile(join(pictures, 'zz-new.png'), await picture(1, { width: 91 }).png().toBuffer());
    await writeFile(join(pictures, pictureName(3)), await picture(3, { width: 92 }).png().toBuffer());
    const again = await run(pictures, '--out', output);
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('complete; 1 new, 1 changed inputs are not included');
    expect(await globRows(output)).toHaveLength(count);
  });
});

describe('Ctrl-C', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s to the whole group: 130 within 2 s; the same command completes',
    async (signal) => {
      const running = startRun([pictures, '--out', output, '--executors', '1']);
      await running.made(output, 'data/part-00001.parquet');
      const begin = performance.now();
      running.signalGroup(signal);
      const { code, stderr } = await running.ended;
      expect(performance.now() - begin).toBeLessThan(2_000);
      expect(code).toBe(130);
      expect(stderr).toMatch(/goes on where it stopped/);
      expect(JSON.parse(await readFile(join(output, '_end', '1.json'), 'utf8'))).toMatchObject({ state: 'cancelled' });
      const before = await globRows(output);

      expect(await run(...command())).toMatchObject({ code: 0 });
      const rows = await globRows(output);
      expect(rows.map(({ index }) => index)).toEqual(indexes);
      expect(before.every(({ index, attempt }) => rows[index]!.attempt === attempt)).toBe(true);
      expect(JSON.parse(await readFile(join(output, '_end', '2.json'), 'utf8'))).toMatchObject({ state: 'succeeded' });
    },
  );

  it('while standard input is silent: 130 within 2 s', async () => {
    const running = startRun(['-', '--out', output], { stdin: 'open' });
    running.write(`${join(pictures, pictureName(0))}\n`);
    await running.made(output, '_job.json');
    const begin = performance.now();
    running.signalGroup('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130 });
    expect(performance.now() - begin).toBeLessThan(2_000);
  });
});

/** A file system of 512 kB; undefined where this user may not mount one. */
async function smallDisk(): Promise<string | undefined> {
  const disk = await mkdtemp(join(tmpdir(), 'imgd-disk-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]).status === 0) return disk;
  await rm(disk, { recursive: true });
  return undefined;
}

describe('the disk', () => {
  let disk: string | undefined;
  beforeAll(async () => {
    disk = await smallDisk();
  });
  afterAll(async () => {
    if (disk === undefined) return;
    execFileSync('umount', [disk]);
    await rm(disk, { recursive: true });
  });

  /** Leaves so many bytes free on it. */
  async function fillUp(path: string, free: number): Promise<void> {
    const { bavail, bsize } = await statfs(path);
    const filler = join(path, 'filler');
    await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - free)));
  }

  it('fills up: the job fails and says so, no file is torn; with room again, the same command completes', async (test) => {
    if (disk === undefined) return test.skip('only root may mount the small file system that this needs');
    output = join(disk, 'output');
    const running = await amidJob(() => fillUp(disk!, 8_192));
    const { code, stderr } = await running.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/no space left/);
    expect(stderr).toMatch(/Free some space and run the same command again|repeat the command/);
    const before = await globRows(output);
    expect(before.length).toBeGreaterThanOrEqual(64);
    expect(before.length).toBeLessThan(count);

    await truncate(join(disk, 'filler'), 0);
    expect(await run(...command())).toMatchObject({ code: 0 });
    const rows = await globRows(output);
    expect(rows.map(({ index }) => index)).toEqual(indexes);
    expect(before.every(({ index, attempt }) => rows[index]!.attempt === attempt)).toBe(true);
  });

  it('is full from the start: fails at once and says so', async (test) => {
    if (disk === undefined) return test.skip('only root may mount the small file system that this needs');
    output = join(disk, 'second');
    await fillUp(disk, 0);
    const { code, stderr } = await run(...command());
    expect(code).toBe(1);
    expect(stderr).toMatch(/no space left for .*second/);
    expect(stderr).toMatch(/Free some space/);
  });
});
