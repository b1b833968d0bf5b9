import { chmodSync, mkdirSync, renameSync, statSync, symlinkSync, truncateSync, unlinkSync, utimesSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSource } from '../../src/io/open-source.js';
import { readLocation } from '../../src/io/read-location.js';
import type { Location } from '../../src/io/source.js';
import { encodeBytes } from '../../src/io/uri.js';
import { makeFifo, never, place, tempFolder, within } from './source-fixtures.js';

const at = (path: string, more: Partial<Location> = {}): Location => ({
  path: encodeBytes(path),
  offset: 0,
  length: null,
  version: null,
  root: null,
  ...more,
});

const read = (location: Location, limit = 1e6) => readLocation(location, limit, never);
const failed = (code: string) =>
  expect.objectContaining({ code, message: expect.stringMatching(/^[A-Z].*\.$|^It .*$/) });

/** A file as its folder's listing finds it. */
async function listed(folder: string): Promise<Location> {
  const source = openSource({ kind: 'folder', path: folder, allFiles: false });
  for await (const { entry } of source.list(undefined, never)) {
    const location = await source.locate(entry, never);
    if (!('code' in location)) return location;
  }
  throw new Error('nothing was listed');
}

describe('reading a location', () => {
  it('gives the whole file, or exactly a range of it', async () => {
    const folder = tempFolder();
    place(folder, 'a.jpg', '0123456789');
    expect(await read(at(`${folder}/a.jpg`))).toEqual(Buffer.from('0123456789'));
    expect(await read(at(`${folder}/a.jpg`, { offset: 3, length: 4 }))).toEqual(Buffer.from('3456'));
    expect(await read(at(`${folder}/a.jpg`, { offset: 8 }))).toEqual(Buffer.from('89'));
  });

  it('refuses a range that the file no longer has', async () => {
    const folder = tempFolder();
    place(folder, 'a.tar', '0123456789');
    expect(await read(at(`${folder}/a.tar`, { offset: 8, length: 3 }))).toEqual(failed('input_changed'));
  });

  it('refuses what is empty, and what is larger than the limit', async () => {
    const folder = tempFolder();
    place(folder, 'empty.jpg', '');
    place(folder, 'large.jpg', '0123456789');
    expect(await read(at(`${folder}/empty.jpg`))).toEqual(failed('empty'));
    expect(await read(at(`${folder}/large.jpg`), 10)).toEqual(Buffer.from('0123456789'));
    expect(await read(at(`${folder}/large.jpg`), 9)).toEqual({
      code: 'too_large',
      message: 'It has 10 bytes; the limit is 9.',
    });
    expect(await read(at(`${folder}/large.jpg`, { offset: 5 }), 5)).toEqual(Buffer.from('56789'));
  });

  it.each([
    ['/nowhere/a.jpg', 'not_found'],
    [`${import.meta.filename}/a.jpg`, 'not_found'],
    [`/${'n'.repeat(300)}.jpg`, 'invalid_path'],
    [`/${'0123456789/'.repeat(460)}a.jpg`, 'invalid_path'],
    ['/tmp/a\0.jpg', 'invalid_path'],
    ['/dev/zero', 'not_a_file'],
    ['/proc/self/environ', 'empty'],
    ['/', 'not_a_file'],
  ])('refuses %j', async (path, code) => {
    expect(await within(100, read(at(path)))).toEqual(failed(code));
  });

  it('refuses a pipe that nobody writes, in milliseconds, even many at once', async () => {
    const folder = tempFolder();
    makeFifo(join(folder, 'pipe.jpg'));
    const reads = Array.from({ length: 16 }, () => read(at(`${folder}/pipe.jpg`)));
    expect(await within(100, Promise.all(reads))).toEqual(Array(16).fill(failed('not_a_file')));
  });

  it('refuses a socket', async () => {
    const path = join(tempFolder(), 's.jpg');
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((listening) => void server.listen(path, listening));
    expect(await within(100, read(at(path)))).toEqual(failed('not_a_file'));
  });

  it('follows a link to a file under the root, and no other', async () => {
    const folder = tempFolder();
    for (const name of ['inside/a.jpg', 'outside.jpg']) place(folder, name);
    symlinkSync('a.jpg', join(folder, 'inside/in.jpg'));
    symlinkSync('../outside.jpg', join(folder, 'inside/out.jpg'));
    symlinkSync('loop.jpg', join(folder, 'inside/loop.jpg'));
    const root = encodeBytes(`${folder}/inside`);
    expect(await read(at(`${folder}/inside/in.jpg`, { root }))).toEqual(Buffer.from('inside/a.jpg'));
    expect(await read(at(`${folder}/inside/out.jpg`, { root }))).toEqual(failed('invalid_path'));
    expect(await read(at(`${folder}/inside/loop.jpg`, { root }))).toEqual(failed('invalid_path'));
  });

  it('refuses a file outside of the root, though a folder on its path seems to be inside', async () => {
    const folder = tempFolder();
    place(folder, 'outside/a.jpg');
    place(folder, 'inside/b/a.jpg');
    const root = encodeBytes(`${folder}/inside`);
    expect(await read(at(`${folder}/inside/b/a.jpg`, { root }))).toEqual(Buffer.from('inside/b/a.jpg'));
    renameSync(join(folder, 'inside/b'), join(folder, 'inside/c'));
    symlinkSync('../outside', join(folder, 'inside/b'));
    expect(await read(at(`${folder}/inside/b/a.jpg`, { root }))).toEqual(failed('invalid_path'));
    expect(await read(at(`${folder}/outside/a.jpg`, { root: encodeBytes(`${folder}/out`) }))).toEqual(
      failed('invalid_path'),
    );
  });

  it('takes the root of the file system as a root', async () => {
    const folder = tempFolder();
    place(folder, 'a.jpg');
    expect(await read(at(`${folder}/a.jpg`, { root: '/' }))).toEqual(Buffer.from('a.jpg'));
  });

  it.skipIf(process.getuid?.() === 0)('refuses a file that this user may not read', async () => {
    const folder = tempFolder();
    place(folder, 'a.jpg');
    chmodSync(join(folder, 'a.jpg'), 0);
    expect(await read(at(`${folder}/a.jpg`))).toEqual(failed('permission_denied'));
  });

  it('tells a file that was changed or deleted after it was listed', async () => {
    const folder = tempFolder();
    const path = join(folder, 'a.jpg');
    place(folder, 'a.jpg', '0123456789');
    const location = await listed(folder);
    expect(await read(location)).toEqual(Buffer.from('0123456789'));

    const { atime, mtime } = statSync(path);
    truncateSync(path, 9);
    utimesSync(path, atime, mtime);
    expect(await read(location)).toEqual(failed('input_changed'));

    place(folder, 'a.jpg', '0123456789');
    utimesSync(path, atime, 1);
    expect(await read(location)).toEqual(failed('input_changed'));

    unlinkSync(path);
    expect(await read(location)).toEqual(failed('not_found'));
    mkdirSync(path);
    expect(await read(location)).toEqual(failed('not_a_file'));
  });

  it('rejects with the reason when aborted before and while it reads', async () => {
    const folder = tempFolder();
    place(folder, 'a.jpg', '0123456789');
    const reason = new Error('enough');
    await expect(readLocation(at(`${folder}/a.jpg`), 1e6, AbortSignal.abort(reason))).rejects.toBe(reason);
    const abort = new AbortController();
    const reading = readLocation(at(`${folder}/a.jpg`), 1e6, abort.signal);
    abort.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });
});
