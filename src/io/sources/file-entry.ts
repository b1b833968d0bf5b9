import type { BigIntStats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import type { Failure } from '../../ops/row.js';
import type { Entry, Location } from '../source.js';
import { type ByteString, byteString, bytesOf, encodeBytes, fileUri } from '../uri.js';
import { isFolder, isSpecial, refusedPath, systemFailure } from './system-failure.js';

/** How many files of a listing are asked for their size at a time. */
export const statBatch = 64;

/** Equal versions are equal bytes. */
export const fileVersion = (stats: BigIntStats): string => `${stats.mtimeNs}-${stats.size}`;

export const refusedEntry = (uri: string, refused: Failure): Entry => ({ uri, size: null, version: null, refused });

/** An absolute path as an entry, whatever stands there: never throws for what is wrong with the path or its file. */
export async function fileEntry(path: Buffer): Promise<Entry> {
  const uri = fileUri(path);
  return (
    (await statEntry(uri, path, 'follow')) ??
    refusedEntry(uri, { code: 'not_found', message: 'There is no file of this name.' })
  );
}

/** The same for a path that a folder's listing found; undefined when it is gone again. */
export async function statEntry(uri: string, path: Buffer, links: 'follow' | 'refuse'): Promise<Entry | undefined> {
  const refused = refusedPath(path);
  if (refused !== undefined) return refusedEntry(uri, refused);
  try {
    const stats = await (links === 'follow' ? stat(path, { bigint: true }) : lstat(path, { bigint: true }));
    if (stats.isFile()) return { uri, size: Number(stats.size), version: fileVersion(stats) };
    return refusedEntry(uri, stats.isDirectory() ? isFolder : isSpecial);
  } catch (error) {
    const failure = systemFailure(error);
    return failure.code === 'not_found' && links === 'refuse' ? undefined : refusedEntry(uri, failure);
  }
}

/** Whether a real path is `root` or below it. */
export const isWithin = (real: ByteString, root: ByteString): boolean =>
  real === root || real.startsWith(root.endsWith('/') ? root : `${root}/`);

/** Where an entry's file is to be read. Asks no file system: who opens it finds out whether it is there and under `root`. */
export function locateFile(path: Buffer, version: string | null, root: ByteString | null): Location | Failure {
  const refused = refusedPath(path);
  if (refused !== undefined) return refused;
  const under = root === null ? null : encodeBytes(root);
  return { path: encodeBytes(byteString(path)), offset: 0, length: null, version, root: under };
}

export const realPath = async (path: ByteString): Promise<ByteString> =>
  byteString(await realpath(bytesOf(path), { encoding: 'buffer' }));
