/** Two ways to give a finished file its final name so that exactly one caller wins. */
import { randomUUID } from 'node:crypto';
import { readFile, rename as renameFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImgdError } from '../base/errors.js';
import { errnoOf, type FileSystem, removeFile } from './file-system.js';
import type { Creation } from './output-store.js';
import { compareFiles } from './same-file.js';

/** Gives `source` the name `target`; `lock` is a private path for whoever needs one. Throws errno errors. */
export type Publish = (source: string, target: string, lock: string) => Promise<Creation>;

const noHardLinks = new Set(['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Tells by trying whether the file system under `folder` has hard links. */
export const hasHardLinks = async (fs: FileSystem, folder: string): Promise<boolean> => {
  const probe = `${folder}/probe-${randomUUID()}`;
  const second = `${probe}.link`;
  try {
    await (await fs.open(probe, 'wx')).close();
    await fs.link(probe, second);
    return true;
  } catch (error) {
    if (noHardLinks.has(errnoOf(error) ?? '')) return false;
    throw error;
  } finally {
    await removeFile(fs, second);
    await removeFile(fs, probe);
  }
};

/** link(2): atomic between machines too. Any answer but a clean one is settled by reading back. */
export const linkExclusive =
  (fs: FileSystem): Publish =>
  async (source, target) => {
    try {
      await fs.link(source, target);
      return 'created';
    } catch (error) {
      const found = await compareFiles(source, target);
      if (found === 'absent') throw error;
      return found === 'same' ? 'created' : 'exists';
    }
  };

export interface LockOptions {
  /** How long to wait for another holder, ms. */
  readonly patience?: number;
}

const lockPatience = 10_000;
/** An empty lock file is one whose owner died, or hasn't yet, between creating and filling it. */
const emptyLockGrace = 5_000;
const pollEvery = 5;

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
};

/** Whether the lock's owner is known to be dead. Another machine's owner never is. */
const isStale = async (lock: string, text: string): Promise<boolean> => {
  const [host, pid] = text.split('\n');
  if (text !== '') return host === hostname() && !isAlive(Number(pid));
  const made = await stat(lock).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs > emptyLockGrace;
};

/** Takes a dead owner's lock away; puts it back if it turns out to be a living one that came in between. */
const breakLock = async (fs: FileSystem, lock: string, text: string) => {
  const aside = `${lock}.${randomUUID()}`;
  const moved = await renameFile(lock, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  const taken = await readFile(aside, 'utf8');
  if (taken === text) await removeFile(fs, aside);
  else await renameFile(aside, lock);
};

const takeLock = async (fs: FileSystem, lock: string, patience: number): Promise<void> => {
  const deadline = Date.now() + patience;
  for (;;) {
    const file = await fs.open(lock, 'wx').catch((error: unknown) => {
      if (errnoOf(error) === 'EEXIST') return undefined;
      throw error;
    });
    if (file !== undefined) {
      try {
        await file.writeFile(Buffer.from(`${hostname()}\n${process.pid}\n${randomUUID()}`));
      } finally {
        await file.close();
      }
      return;
    }
    const text = await readFile(lock, 'utf8').catch(() => undefined);
    if (text !== undefined && (await isStale(lock, text))) await breakLock(fs, lock, text);
    else if (Date.now() > deadline) {
      throw new ImgdError('unavailable', `another process holds ${lock}`, {
        hint: 'This file system has no hard links, so one machine at a time may write here; delete the file if none does.',
      });
    } else await sleep(pollEvery);
  }
};

/** For file systems without hard links (FAT, some network mounts): a lock file around rename(2), for one machine. */
export const renameExclusive =
  (fs: FileSystem, options: LockOptions = {}): Publish =>
  async (source, target, lock) => {
    await takeLock(fs, lock, options.patience ?? lockPatience);
    try {
      const found = await compareFiles(source, target);
      if (found !== 'absent') return found === 'same' ? 'created' : 'exists';
      const { ino } = await stat(source);
      return await fs.rename(source, target).then(
        (): Creation => 'created',
        async (error: unknown): Promise<Creation> => {
          const standing = await stat(target).catch(() => undefined);
          if (standing?.ino === ino) return 'created';
          throw error;
        },
      );
    } finally {
      await removeFile(fs, lock);
    }
  };
