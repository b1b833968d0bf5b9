/** What every output store promises. Implementations run it with their own way to make steps fail. */
import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { OutputStore } from '../../src/io/output-store.js';
import { collect, errno } from './temp-folder.js';

/** `linked`: the name stands, but its answer gets lost. */
export type FaultyStep = 'write' | 'fsync' | 'link' | 'linked';

export interface StoreBench {
  /** Several stores on one output, as several processes have them. */
  open(): Promise<OutputStore>;
  /** The next time the step is taken, it fails so. */
  failNext(step: FaultyStep, error: Error): void;
}

const bytes = (text: string) => Buffer.from(text);

export const outputStoreSuite = (title: string, makeBench: () => Promise<StoreBench>): void => {
  describe(title, () => {
    test('what was created is read back, and what was not is undefined', async () => {
      const store = await (await makeBench()).open();
      expect(await store.createExclusive('_plan/000001.json', bytes('one'))).toBe('created');
      expect((await store.read('_plan/000001.json'))?.toString()).toBe('one');
      expect(await store.read('_plan/000002.json')).toBeUndefined();
      expect(await store.read('nowhere/at/all')).toBeUndefined();
    });

    test('another content under a name that stands: exists, and nothing changes', async () => {
      const store = await (await makeBench()).open();
      await store.createExclusive('_end/1.json', bytes('first'));
      expect(await store.createExclusive('_end/1.json', bytes('other'))).toBe('exists');
      expect(await store.createExclusive('_end/1.json', bytes('OTHER'))).toBe('exists');
      expect((await store.read('_end/1.json'))?.toString()).toBe('first');
    });

    test('the same bytes again count as created, empty ones too', async () => {
      const bench = await makeBench();
      const [one, two] = [await bench.open(), await bench.open()];
      expect(await one.createExclusive('x', bytes('same'))).toBe('created');
      expect(await two.createExclusive('x', bytes('same'))).toBe('created');
      expect(await one.createExclusive('y', bytes(''))).toBe('created');
      expect(await two.createExclusive('y', bytes(''))).toBe('created');
      expect(await two.createExclusive('y', bytes('z'))).toBe('exists');
    });

    test('many writers race for many names: each has exactly one winner, whose bytes stand', async () => {
      const bench = await makeBench();
      const stores = await Promise.all(Array.from({ length: 8 }, () => bench.open()));
      for (let round = 0; round < 12; round += 1) {
        const name = `data/part-${round}`;
        const outcomes = await Promise.all(
          stores.map((store, writer) => store.createExclusive(name, bytes(`writer ${writer} ${'x'.repeat(writer)}`))),
        );
        const winners = outcomes.flatMap((outcome, writer) => (outcome === 'created' ? [writer] : []));
        expect(winners).toHaveLength(1);
        const standing = await stores[0]?.read(name);
        expect(standing?.toString()).toMatch(new RegExp(`^writer ${winners[0]} `));
      }
      expect(await collect(stores[0]!.list('_tmp/'))).toEqual([]);
    });

    test('a temporary file becomes the named one; the loser’s stays until it is discarded', async () => {
      const bench = await makeBench();
      const [one, two] = [await bench.open(), await bench.open()];
      const [mine, other] = [await one.temp('part-1'), await two.temp('part-1')];
      expect(mine.name).toMatch(/^_tmp\//);
      expect(mine.name).not.toBe(other.name);
      await writeFile(mine.path, 'mine');
      await writeFile(other.path, 'theirs');
      expect(await one.createExclusive('data/p', mine)).toBe('created');
      expect(await two.createExclusive('data/p', other)).toBe('exists');
      expect(await one.createExclusive('data/p', mine)).toBe('created');
      expect((await one.read('data/p'))?.toString()).toBe('mine');
      await two.discard(other);
      await two.discard(other);
      expect(await collect(one.list('_tmp/'))).toEqual([]);
      expect((await one.read('data/p'))?.toString()).toBe('mine');
    });

    test('names are listed by prefix in bytewise order', async () => {
      const store = await (await makeBench()).open();
      const names = [
        'data/part-00002',
        'data/part-00010',
        '_plan/000001.json',
        '_SUCCESS',
        'data.txt',
        'data/Z',
        'data/é',
      ];
      for (const name of names) await store.createExclusive(name, bytes(name));
      expect(await collect(store.list('data/'))).toEqual(['data/Z', 'data/part-00002', 'data/part-00010', 'data/é']);
      expect(await collect(store.list('data/part-000'))).toEqual(['data/part-00002', 'data/part-00010']);
      expect(await collect(store.list('dat'))).toEqual([
        'data.txt',
        'data/Z',
        'data/part-00002',
        'data/part-00010',
        'data/é',
      ]);
      expect(await collect(store.list('nothing/'))).toEqual([]);
      expect(await collect(store.list(''))).toHaveLength(7);
    });

    test.each(['../x', '/etc/x', 'a/../../x', 'a//b', 'a\0b', '', './x'])('the name %j is refused', async (name) => {
      const store = await (await makeBench()).open();
      await expect(store.createExclusive(name, bytes('x'))).rejects.toMatchObject({ code: 'internal' });
    });

    test('nothing outside _tmp/ is discarded or taken for a temporary file', async () => {
      const store = await (await makeBench()).open();
      await store.createExclusive('data/p', bytes('kept'));
      const forged = { name: 'data/p', path: '/nowhere' };
      await expect(store.discard(forged)).rejects.toMatchObject({ code: 'internal' });
      await expect(store.createExclusive('data/q', forged)).rejects.toMatchObject({ code: 'internal' });
      await expect(store.discard({ name: '_tmp/../data/p', path: '' })).rejects.toMatchObject({ code: 'internal' });
      expect((await store.read('data/p'))?.toString()).toBe('kept');
    });

    test('a sweep takes the dead attempts and nothing else', async () => {
      const store = await (await makeBench()).open();
      const dead = await store.temp('part-7');
      await writeFile(dead.path, 'half a part');
      await store.createExclusive('data/p', bytes('kept'));
      await store.sweep();
      expect(await collect(store.list(''))).toEqual(['data/p']);
      await expect(writeFile(dead.path, 'again', { flag: 'r+' })).rejects.toMatchObject({ code: 'ENOENT' });
      await store.sweep();
    });

    test('fsync fails: data_loss, nothing was created, and the same name can be made anew', async () => {
      const bench = await makeBench();
      const store = await bench.open();
      bench.failNext('fsync', errno('EIO'));
      await expect(store.createExclusive('x', bytes('a'))).rejects.toMatchObject({ code: 'data_loss' });
      expect(await collect(store.list(''))).toEqual([]);
      expect(await store.createExclusive('x', bytes('b'))).toBe('created');
      expect((await store.read('x'))?.toString()).toBe('b');
    });

    test('fsync of a temporary file fails: data_loss, nothing was created', async () => {
      const bench = await makeBench();
      const store = await bench.open();
      const temp = await store.temp('part-1');
      await writeFile(temp.path, 'rows');
      bench.failNext('fsync', errno('EIO'));
      await expect(store.createExclusive('data/p', temp)).rejects.toMatchObject({ code: 'data_loss' });
      expect(await collect(store.list('data/'))).toEqual([]);
    });

    test.each(['write', 'fsync', 'link'] as const)(
      'the disk is full at %s: resource_exhausted with a hint',
      async (step) => {
        const bench = await makeBench();
        const store = await bench.open();
        bench.failNext(step, errno('ENOSPC'));
        const failure = await store.createExclusive('x', bytes('a')).catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: 'resource_exhausted', hint: expect.stringContaining('space') });
        expect(await collect(store.list(''))).toEqual([]);
        expect(await store.createExclusive('x', bytes('a'))).toBe('created');
      },
    );

    test('the answer to a link that worked gets lost: read back, created', async () => {
      const bench = await makeBench();
      const store = await bench.open();
      bench.failNext('linked', errno('EIO'));
      expect(await store.createExclusive('x', bytes('a'))).toBe('created');
      expect((await store.read('x'))?.toString()).toBe('a');
      const temp = await store.temp('t');
      await writeFile(temp.path, 'rows');
      bench.failNext('linked', errno('EEXIST'));
      expect(await store.createExclusive('y', temp)).toBe('created');
    });

    test('permission denied is said so', async () => {
      const bench = await makeBench();
      const store = await bench.open();
      bench.failNext('write', errno('EACCES'));
      await expect(store.createExclusive('x', bytes('a'))).rejects.toMatchObject({ code: 'permission_denied' });
    });
  });
};
