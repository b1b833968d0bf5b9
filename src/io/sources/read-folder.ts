import type { Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { type ByteString, byteString, bytesOf } from '../uri.js';
import { isWithin, realPath, statBatch } from './file-entry.js';

export interface FolderItem {
  /** The name; a folder's ends in '/', so that keys sort as the whole paths below them do. */
  readonly key: ByteString;
  /** `outside`: a link that leads out of the root, or nowhere. `special`: a pipe, socket or device. */
  readonly kind: 'file' | 'folder' | 'special' | 'outside';
  /** Where a followed link leads; undefined for what is no link. */
  readonly real: ByteString | undefined;
}

export interface OpenFolder {
  readonly path: Buffer;
  readonly real: ByteString;
  /** Real path that links must not leave. */
  readonly root: ByteString;
  readonly dotNames: boolean;
}

/** The name that makes a folder an output of imgd, which is never an input. */
export const outputMark: ByteString = '_job.json';

/** How many names one call asks of the system. */
const namesAtATime = 1024;

/**
 * A folder's items in bytewise order of their keys; an output of ours has none. Holds the names of this folder alone, about
 * 100 bytes each. Throws the failed system call, or the signal's reason.
 */
export async function readFolder(folder: OpenFolder, signal: AbortSignal): Promise<FolderItem[]> {
  const items: FolderItem[] = [];
  const links: ByteString[] = [];
  for await (const found of await openNames(folder.path)) {
    signal.throwIfAborted();
    const name = byteString(found.name);
    if (name === outputMark && found.isFile()) return [];
    if (name.startsWith('.') && !folder.dotNames) continue;
    if (found.isFile()) items.push({ key: name, kind: 'file', real: undefined });
    else if (found.isDirectory()) items.push({ key: `${name}/`, kind: 'folder', real: undefined });
    else if (found.isSymbolicLink()) links.push(name);
    else items.push({ key: name, kind: 'special', real: undefined });
  }
  for (let at = 0; at < links.length; at += statBatch) {
    signal.throwIfAborted();
    const batch = links.slice(at, at + statBatch);
    items.push(...(await Promise.all(batch.map((name) => followLink(name, folder)))));
  }
  return items.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The types know no Buffer names for opendir; the function does. */
const openNames = async (path: Buffer): Promise<AsyncIterable<Dirent<Buffer>>> =>
  (await opendir(path, { encoding: 'buffer' as BufferEncoding, bufferSize: namesAtATime })) as unknown as AsyncIterable<
    Dirent<Buffer>
  >;

async function followLink(name: ByteString, folder: OpenFolder): Promise<FolderItem> {
  const outside: FolderItem = { key: name, kind: 'outside', real: undefined };
  try {
    const real = await realPath(`${folder.real}/${name}`);
    if (!isWithin(real, folder.root)) return outside;
    const stats = await stat(bytesOf(real));
    if (stats.isDirectory()) return { key: `${name}/`, kind: 'folder', real };
    return { key: name, kind: stats.isFile() ? 'file' : 'special', real };
  } catch {
    return outside; // broken, a loop, or not to be looked at
  }
}
