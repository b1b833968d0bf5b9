import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pack } from 'tar-stream';
import { onTestFinished } from 'vitest';
import type { Entry, Listed, Source } from '../../src/io/source.js';
import { type ByteString, bytesOf } from '../../src/io/uri.js';

export const never = new AbortController().signal;

/** A folder that is deleted after the test. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'imgd-source-'));
  // rm(1) also removes what lies too deep for a path
  onTestFinished(() => void execFileSync('rm', ['-rf', folder]));
  return folder;
}

/** Writes a file below `folder`, with the folders on its way. `path` is bytes; the content is the path unless given. */
export function place(folder: string, path: ByteString, content: string | Buffer = bytesOf(path)): void {
  const file = bytesOf(`${folder}/${path}`);
  mkdirSync(bytesOf(dirname(`${folder}/${path}`)), { recursive: true });
  writeFileSync(file, content);
}

/** Makes folders that lie too deep for any path to name the last of them; entered step by step. */
export function placeTooDeep(folder: string): void {
  const home = process.cwd();
  const step = 'n'.repeat(250);
  mkdirSync(folder, { recursive: true });
  try {
    process.chdir(folder);
    for (let level = 0; level < 17; level++) {
      mkdirSync(step);
      process.chdir(step);
    }
  } finally {
    process.chdir(home);
  }
}

export async function listAll(source: Source, after?: string): Promise<Listed[]> {
  const all: Listed[] = [];
  for await (const listed of source.list(after, never)) all.push(listed);
  return all;
}

export async function entriesOf(source: Source): Promise<Entry[]> {
  return (await listAll(source)).map(({ entry }) => entry);
}

/** What an entry is called below a folder, decoded. */
export const below = (folder: string, entry: Entry): string =>
  decodeURIComponent(entry.uri).replace(`file://${folder}/`, '');

export const makeFifo = (path: string): void => {
  execFileSync('mkfifo', [path]);
};

export interface Member {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo';
}

export async function tarOf(members: readonly Member[]): Promise<Buffer> {
  const packed = pack();
  for (const { name, content = name, type = 'file' } of members) {
    if (type === 'file') packed.entry({ name, mtime: new Date(0) }, content);
    else packed.entry({ name, type, linkname: 'a.jpg', mtime: new Date(0) });
  }
  packed.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packed) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Rejects when the promise takes longer: for what must never wait. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
