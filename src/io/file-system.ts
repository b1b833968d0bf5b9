import { link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFailure } from './write-failure.js';

export interface OpenFile {
  /** Writes all of it at the current place, or throws. */
  writeFile(data: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What durable writing needs of a file system; node:fs/promises is one, tests have others that fail on demand. */
export interface FileSystem {
  open(path: string, flags: string): Promise<OpenFile>;
  link(existing: string, created: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  mkdir(path: string): Promise<unknown>;
}

export const nodeFileSystem: FileSystem = { open, link, rename, unlink, mkdir };

export const errnoOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null)?.code;

/** Calls that some file systems don't have for a folder; there the name is as durable as it can be. */
const noFolderSync = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EISDIR', 'ENOSYS']);

/** Makes a file's bytes durable. Throws ImgdError data_loss (or resource_exhausted). */
export const syncFile = async (fs: FileSystem, path: string): Promise<void> => {
  const file = await fs.open(path, 'r+');
  try {
    await file.sync().catch((error: unknown) => {
      throw syncFailure(error, path);
    });
  } finally {
    await file.close();
  }
};

/** Makes the names in a folder durable. Throws ImgdError data_loss. */
export const syncFolder = async (fs: FileSystem, path: string): Promise<void> => {
  const folder = await fs.open(path, 'r');
  try {
    await folder.sync().catch((error: unknown) => {
      if (!noFolderSync.has(errnoOf(error) ?? '')) throw syncFailure(error, path);
    });
  } finally {
    await folder.close();
  }
};

/** `mkdir -p`, each new name durable in its parent. */
export const makeFolders = async (fs: FileSystem, path: string): Promise<void> => {
  const make = () =>
    fs.mkdir(path).then(
      () => true,
      (error: unknown) => {
        if (errnoOf(error) === 'EEXIST') return false;
        throw error;
      },
    );
  const made = await make().catch(async (error: unknown) => {
    if (errnoOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolders(fs, dirname(path));
    return make();
  });
  if (made) await syncFolder(fs, dirname(path));
};

/** Removes a file; a missing one is no error. */
export const removeFile = async (fs: FileSystem, path: string): Promise<void> => {
  await fs.unlink(path).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
  });
};
