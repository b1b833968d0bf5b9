import { type FileHandle, open } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { AsyncBuffer } from 'hyparquet';
import { ImgdError } from '../base/errors.js';
import { errnoOf } from './file-system.js';
import { damaged } from './json-file.js';
import type { OutputView } from './output-store-fs.js';

/** A committed part, read in slices: a part may be larger than what anybody wants in memory. */
export interface PartFile extends AsyncBuffer {
  /** `location/name`, for messages. */
  readonly where: string;
  /** A fresh copy; never short unless it asks beyond the end. */
  slice(start: number, end?: number): Promise<ArrayBuffer>;
  close(): Promise<void>;
}

const readFully = async (file: FileHandle, start: number, length: number, where: string): Promise<ArrayBuffer> => {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, start + at);
    if (bytesRead === 0) throw damaged(where, 'it became shorter while it was read');
    at += bytesRead;
  }
  return bytes.buffer;
};

const openOnDisk = async (path: string): Promise<PartFile | undefined> => {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw ImgdError.from(error);
  });
  if (file === undefined) return undefined;
  const { size } = await file.stat();
  return {
    where: path,
    byteLength: size,
    slice(start, end = size) {
      const stop = Math.min(end, size);
      return readFully(file, start, Math.max(0, stop - start), path).catch((error: unknown) => {
        throw ImgdError.from(error);
      });
    },
    close: () => file.close(),
  };
};

/** Undefined where it isn't there. The caller closes it. */
export const openPartFile = async (store: OutputView, name: string): Promise<PartFile | undefined> => {
  if (isAbsolute(store.location)) return openOnDisk(join(store.location, name));
  const bytes = await store.read(name);
  if (bytes === undefined) return undefined;
  return {
    where: `${store.location}/${name}`,
    byteLength: bytes.length,
    slice: async (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
    close: async () => undefined,
  };
};

const sliceBytes = 2 ** 20;

/** The whole file, a megabyte at a time. */
export async function* pieces(file: PartFile): AsyncGenerator<Buffer> {
  for (let at = 0; at < file.byteLength; at += sliceBytes) yield Buffer.from(await file.slice(at, at + sliceBytes));
}
