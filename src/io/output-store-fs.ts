import { createHash, randomUUID } from 'node:crypto';
import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ImgdError } from '../base/errors.js';
import {
  errnoOf,
  type FileSystem,
  makeFolders,
  nodeFileSystem,
  removeFile,
  syncFile,
  syncFolder,
} from './file-system.js';
import { checkName, checkTempName, tempFolder } from './layout.js';
import type { Creation, OutputStore, TempFile } from './output-store.js';
import { hasHardLinks, linkExclusive, type Publish, renameExclusive } from './publish.js';
import { syncFailure, writeFailure } from './write-failure.js';

/** The half of a store that readers need. */
export type OutputView = Pick<OutputStore, 'location' | 'read' | 'list'>;

export interface FsStoreOptions {
  /** Temporary files carry it, and `sweep` deletes only those that do; without it, all of them. */
  readonly jobId?: string;
  /** For tests: a file system that fails. */
  readonly fs?: FileSystem;
}

const absent = (error: unknown) => {
  const code = errnoOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw ImgdError.from(error);
};

const bytewise = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right));

async function* namesBelow(root: string, folder: string, prefix: string): AsyncGenerator<string> {
  const entries: Dirent[] = (await readdir(join(root, folder), { withFileTypes: true }).catch(absent)) ?? [];
  // a folder sorts by its name with the slash that its files' names have there
  const names = entries.map((entry) => folder + entry.name + (entry.isDirectory() ? '/' : ''));
  for (const name of names.sort(bytewise)) {
    if (name.endsWith('/')) {
      if (name.startsWith(prefix) || prefix.startsWith(name)) yield* namesBelow(root, name, prefix);
    } else if (name.startsWith(prefix)) yield name;
  }
}

/** Reads an output on a file system; makes nothing, not even the folder. */
export const viewFsOutput = (folder: string): OutputView => {
  const root = resolve(folder);
  return {
    location: root,
    read: (name) => readFile(join(root, checkName(name))).catch(absent),
    list: (prefix) => namesBelow(root, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix),
  };
};

const sweepTemp = async (root: string, jobId: string | undefined): Promise<void> => {
  const folder = join(root, tempFolder);
  // a link at this place could lead anywhere: nothing behind it is ours
  const standing: Stats | undefined = await lstat(folder.slice(0, -1)).catch(absent);
  if (standing?.isDirectory() !== true) return;
  for (const name of await readdir(folder)) {
    if (jobId === undefined || name.startsWith(`${jobId}-`))
      await rm(join(folder, name), { recursive: true, force: true });
  }
};

const writableStore = (root: string, publish: Publish, fs: FileSystem, jobId: string | undefined): OutputStore => {
  /** What this store created from a TempFile that is gone since: a repeated call has nothing left to compare. */
  const made = new Set<string>();
  const owner = jobId === undefined ? '' : `${jobId}-`;
  const fresh = (label: string): TempFile => {
    const name = `${tempFolder}${owner}${label.replace(/[^\w.-]/g, '_')}-${randomUUID()}`;
    return { name, path: join(root, name) };
  };

  const writeTemp = async (content: Uint8Array): Promise<TempFile> => {
    const temp = fresh('write');
    const file = await fs.open(temp.path, 'wx');
    try {
      try {
        await file.writeFile(content);
        await file.sync().catch((error: unknown) => {
          throw syncFailure(error, root);
        });
      } finally {
        await file.close();
      }
    } catch (error) {
      await removeFile(fs, temp.path);
      throw error;
    }
    return temp;
  };

  const finish = async (temp: TempFile, name: string): Promise<Creation> => {
    const target = join(root, name);
    await makeFolders(fs, dirname(target));
    const lock = join(root, tempFolder, `lock-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`);
    const outcome = await publish(temp.path, target, lock);
    // for the loser too: whoever adopts what stands there relies on its name as much as the winner does
    await syncFolder(fs, dirname(target));
    return outcome;
  };

  const createFromBytes = async (name: string, content: Uint8Array): Promise<Creation> => {
    const temp = await writeTemp(content);
    try {
      return await finish(temp, name);
    } finally {
      await removeFile(fs, temp.path).catch(() => undefined); // left for sweep; the outcome stands
    }
  };

  const createFromTemp = async (name: string, temp: TempFile): Promise<Creation> => {
    checkTempName(temp.name);
    const key = `${name}\0${temp.name}`;
    if (made.has(key)) return 'created';
    try {
      await syncFile(fs, temp.path);
    } catch (error) {
      if (error instanceof ImgdError && error.code === 'data_loss') await removeFile(fs, temp.path);
      throw error;
    }
    const outcome = await finish(temp, name);
    if (outcome === 'created') {
      made.add(key);
      await removeFile(fs, temp.path).catch(() => undefined);
    }
    return outcome;
  };

  return {
    ...viewFsOutput(root),
    async createExclusive(name, content) {
      checkName(name);
      try {
        return await (content instanceof Uint8Array ? createFromBytes(name, content) : createFromTemp(name, content));
      } catch (error) {
        throw writeFailure(error, root);
      }
    },
    temp: async (label) => fresh(label),
    discard: async (file) => {
      await removeFile(fs, join(root, checkTempName(file.name)));
    },
    sweep: () => sweepTemp(root, jobId),
  };
};

/**
 * Opens a folder for writing, making it where it is missing; finds out by a probe whether it has hard links and else
 * falls back to a lock file and rename, which hold for one machine. Throws ImgdError permission_denied,
 * resource_exhausted, not_found (a file stands there).
 *
 * After `createExclusive` threw data_loss because the *folder's* fsync failed, the name may stand: the caller gives its
 * attempt up all the same, and whoever comes next finds `exists`.
 */
export async function openFsStore(folder: string, options: FsStoreOptions = {}): Promise<OutputStore> {
  const root = resolve(folder);
  const fs = options.fs ?? nodeFileSystem;
  try {
    await makeFolders(fs, join(root, '_tmp'));
    const publish = (await hasHardLinks(fs, join(root, '_tmp'))) ? linkExclusive(fs) : renameExclusive(fs);
    return writableStore(root, publish, fs, options.jobId);
  } catch (error) {
    throw writeFailure(error, root);
  }
}
