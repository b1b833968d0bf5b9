import { type FileSystem, nodeFileSystem, type OpenFile } from '../../src/io/file-system.js';
import type { FaultyStep } from './output-store-suite.js';

export interface FaultyFileSystem {
  readonly fs: FileSystem;
  failNext(step: FaultyStep | 'folder fsync', error: Error): void;
  /** What was done, in order. */
  readonly calls: string[];
}

/** The real file system, except for the steps that are told to fail. Without `links` it has no hard links. */
export const faultyFileSystem = ({ links = true } = {}): FaultyFileSystem => {
  const waiting = new Map<string, Error>();
  const calls: string[] = [];
  const take = (step: string) => {
    calls.push(step);
    const error = waiting.get(step);
    waiting.delete(step);
    if (error !== undefined) throw error;
  };
  const wrap = (file: OpenFile, folder: boolean): OpenFile => ({
    async writeFile(data) {
      take('write');
      await file.writeFile(data);
    },
    async sync() {
      take(folder ? 'folder fsync' : 'fsync');
      await file.sync();
    },
    close: () => file.close(),
  });
  /** Renames of finished files are what links are elsewhere. */
  const publish = async (work: () => Promise<void>) => {
    take('link');
    await work();
    take('linked');
  };
  const fs: FileSystem = {
    ...nodeFileSystem,
    // an exclusive creation and a writable file are no folders
    open: async (path, flags) => wrap(await nodeFileSystem.open(path, flags), flags === 'r'),
    async link(existing, created) {
      if (!links) throw Object.assign(new Error('EPERM: no hard links here'), { code: 'EPERM' });
      if (created.includes('/probe-')) await nodeFileSystem.link(existing, created);
      else await publish(() => nodeFileSystem.link(existing, created));
    },
    rename: (from, to) => publish(() => nodeFileSystem.rename(from, to)),
  };
  return { fs, calls, failNext: (step, error) => waiting.set(step, error) };
};
