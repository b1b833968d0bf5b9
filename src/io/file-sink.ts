import { createHash } from 'node:crypto';
import { nodeFileSystem, type OpenFile, removeFile } from './file-system.js';
import { writeFailure } from './write-failure.js';

/** A new file that is written from begin to end and hashed on the way. Not durable: the commit does the fsync. */
export interface FileSink {
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /** Closes and deletes; after `finish` too. */
  abort(): Promise<void>;
}

/** Throws ImgdError: resource_exhausted (disk full), permission_denied; the file must not be there yet. */
export const openFileSink = async (path: string): Promise<FileSink> => {
  const attempt = <T>(work: Promise<T>) =>
    work.catch((error: unknown) => {
      throw writeFailure(error, path);
    });
  let file: OpenFile | undefined = await attempt(nodeFileSystem.open(path, 'wx'));
  const hash = createHash('sha256');
  let bytes = 0;
  const close = async () => {
    const open = file;
    file = undefined;
    await open?.close();
  };
  return {
    async write(piece) {
      if (file === undefined) throw writeFailure(new Error(`${path} is closed`), path);
      await attempt(file.writeFile(piece));
      hash.update(piece);
      bytes += piece.byteLength;
    },
    async finish() {
      await attempt(close());
      return { bytes, sha256: hash.digest('hex') };
    },
    async abort() {
      await close().catch(() => undefined); // what it held goes away with the file
      await removeFile(nodeFileSystem, path);
    },
  };
};
