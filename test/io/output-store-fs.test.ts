import { createHash } from 'node:crypto';
import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeFileSystem } from '../../src/io/file-system.js';
import { openFsStore, viewFsOutput } from '../../src/io/output-store-fs.js';
import { renameExclusive } from '../../src/io/publish.js';
import { faultyFileSystem } from './faulty-file-system.js';
import { outputStoreSuite } from './output-store-suite.js';
import { collect, errno, useTempFolders } from './temp-folder.js';

const makeFolder = useTempFolders();

outputStoreSuite('a store on a file system', async () => {
  const folder = await makeFolder();
  const { fs, failNext } = faultyFileSystem();
  return { open: () => openFsStore(folder, { fs }), failNext };
});

outputStoreSuite('a store on a file system without hard links', async () => {
  const folder = await makeFolder();
  const { fs, failNext } = faultyFileSystem({ links: false });
  // the lock file is written too, and is none of the steps meant
  const quiet = {
    ...fs,
    open: (path: string, flags: string) => (path.includes('/lock-') ? nodeFileSystem : fs).open(path, flags),
  };
  return { open: () => openFsStore(folder, { fs: quiet }), failNext };
});

describe('a store on a file system: what else it does', () => {
  test('a missing folder is made with its parents, each name durable', async () => {
    const folder = await makeFolder();
    const { fs, calls } = faultyFileSystem();
    await openFsStore(join(folder, 'a/b/out'), { fs });
    expect(await readdir(join(folder, 'a/b/out'))).toEqual(['_tmp']);
    expect(calls.filter((call) => call === 'folder fsync')).toHaveLength(4);
    expect(await readdir(join(folder, 'a/b/out/_tmp'))).toEqual([]);
  });

  test('content is durable before its name, and the name before the answer', async () => {
    const folder = await makeFolder();
    const { fs, calls } = faultyFileSystem();
    const store = await openFsStore(folder, { fs });
    calls.length = 0;
    await store.createExclusive('data/p', Buffer.from('x'));
    expect(calls).toEqual(['write', 'fsync', 'folder fsync', 'link', 'linked', 'folder fsync']);
    calls.length = 0;
    expect(await store.createExclusive('data/p', Buffer.from('y'))).toBe('exists');
    expect(calls.at(-1)).toBe('folder fsync');
  });

  test('the fsync of the folder fails: data_loss, and whoever comes next finds the name', async () => {
    const folder = await makeFolder();
    const { fs, failNext } = faultyFileSystem();
    const store = await openFsStore(folder, { fs });
    await store.createExclusive('data/o', Buffer.from('o'));
    failNext('folder fsync', errno('EIO'));
    await expect(store.createExclusive('data/p', Buffer.from('mine'))).rejects.toMatchObject({ code: 'data_loss' });
    expect(await store.createExclusive('data/p', Buffer.from('next'))).toBe('exists');
    expect(await collect(store.list('_tmp/'))).toEqual([]);
  });

  test('a file system that cannot fsync a folder is used as it is', async () => {
    const { fs, failNext } = faultyFileSystem();
    const store = await openFsStore(await makeFolder(), { fs });
    await store.createExclusive('data/o', Buffer.from('o'));
    failNext('folder fsync', errno('EINVAL'));
    expect(await store.createExclusive('data/p', Buffer.from('p'))).toBe('created');
  });

  test('a file stands where the folder should be: not_found with a hint', async () => {
    const file = join(await makeFolder(), 'file');
    await writeFile(file, '');
    await expect(openFsStore(file)).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('--out'),
    });
  });

  test('a sweep of one job leaves another job’s attempts, and never follows a link', async () => {
    const folder = await makeFolder();
    const elsewhere = await makeFolder();
    await writeFile(join(elsewhere, 'precious'), '');
    const [one, two] = [await openFsStore(folder, { jobId: 'one' }), await openFsStore(folder, { jobId: 'two' })];
    await writeFile((await one.temp('p')).path, '');
    const other = await two.temp('p');
    await writeFile(other.path, '');
    await symlink(elsewhere, join(folder, '_tmp/one-link'));
    await one.sweep();
    expect(await collect(one.list('_tmp/'))).toEqual([other.name]);
    expect(await readdir(elsewhere)).toEqual(['precious']);
  });

  test('_tmp is a link to somewhere else: nothing there is swept', async () => {
    const folder = await makeFolder();
    const elsewhere = await makeFolder();
    await writeFile(join(elsewhere, 'precious'), '');
    await symlink(elsewhere, join(folder, '_tmp'));
    await (await openFsStore(folder)).sweep();
    expect(await readdir(elsewhere)).toEqual(['precious']);
  });

  test('a view makes nothing', async () => {
    const folder = join(await makeFolder(), 'missing');
    const view = viewFsOutput(folder);
    expect(await view.read('_job.json')).toBeUndefined();
    expect(await collect(view.list('data/'))).toEqual([]);
    await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('without hard links: the lock', () => {
  const setUp = async (text: string) => {
    const folder = await makeFolder();
    const [source, target, lock] = [join(folder, 'source'), join(folder, 'target'), join(folder, 'lock')];
    await writeFile(source, 'content');
    await writeFile(lock, text);
    return { source, target, lock, folder };
  };
  /** A process id that no process has: above the kernel's largest. */
  const deadPid = 2 ** 30;

  test('its owner died: it is broken', async () => {
    const { source, target, lock, folder } = await setUp(`${hostname()}\n${deadPid}\nx`);
    expect(await renameExclusive(nodeFileSystem)(source, target, lock)).toBe('created');
    expect(await readdir(folder)).toEqual(['target']);
  });

  test('its owner lives, or is on another machine: unavailable when the patience ends', async () => {
    for (const owner of [`${hostname()}\n${process.pid}\nx`, `elsewhere\n${deadPid}\nx`]) {
      const { source, target, lock, folder } = await setUp(owner);
      const failing = renameExclusive(nodeFileSystem, { patience: 20 })(source, target, lock);
      await expect(failing).rejects.toMatchObject({ code: 'unavailable' });
      expect(await readdir(folder)).toEqual(['lock', 'source']);
    }
  });

  test('it is empty: kept while young, broken when old', async () => {
    const { source, target, lock } = await setUp('');
    const publish = renameExclusive(nodeFileSystem, { patience: 20 });
    await expect(publish(source, target, lock)).rejects.toMatchObject({ code: 'unavailable' });
    const past = new Date(Date.now() - 60_000);
    await utimes(lock, past, past);
    expect(await publish(source, target, lock)).toBe('created');
  });

  test('its name doesn’t show among the output’s own files', async () => {
    const folder = await makeFolder();
    const { fs } = faultyFileSystem({ links: false });
    const store = await openFsStore(folder, { fs });
    await mkdir(join(folder, 'data'));
    await store.createExclusive('data/p', Buffer.from('x'));
    expect(await collect(store.list(''))).toEqual(['data/p']);
    const lock = `lock-${createHash('sha256').update('data/p').digest('hex').slice(0, 32)}`;
    await writeFile(join(folder, '_tmp', lock), `${hostname()}\n${deadPid}\nx`);
    expect(await store.createExclusive('data/p', Buffer.from('y'))).toBe('exists');
    expect(await collect(store.list('_tmp/'))).toEqual([]);
  });
});
