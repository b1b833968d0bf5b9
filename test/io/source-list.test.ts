import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../src/io/open-source.js';
import { readLocation } from '../../src/io/read-location.js';
import { entriesOf, listAll, makeFifo, never, place, tempFolder, within } from './source-fixtures.js';

const codes = async (folder: string, lines: string | Buffer, nul = false) => {
  const path = join(folder, 'list');
  writeFileSync(path, lines);
  const entries = await entriesOf(openSource({ kind: 'list', path, nul }, { cwd: folder }));
  return entries.map((entry) => entry.refused?.code ?? 'fine');
};

/** Bytes that are really held: collects garbage first. */
function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('a list', () => {
  it('makes a row of every line, whatever stands there', async () => {
    const folder = tempFolder();
    for (const name of ['a.jpg', 'b.txt', '.c', 'd/e.jpg']) place(folder, name);
    makeFifo(join(folder, 'pipe.jpg'));
    symlinkSync('../../../../../../etc/hostname', join(folder, 'link.jpg'));
    const lines: [string, string][] = [
      ['a.jpg', 'fine'],
      ['./a.jpg', 'fine'],
      [`${folder}/b.txt`, 'fine'],
      ['.c', 'fine'],
      [`file://${folder}/d/e%2ejpg`, 'fine'],
      ['missing.jpg', 'not_found'],
      ['a.jpg/b.jpg', 'not_found'],
      ['d', 'not_a_file'],
      ['pipe.jpg', 'not_a_file'],
      ['/dev/zero', 'not_a_file'],
      ['a\0.jpg', 'invalid_path'],
      [`${'x/'.repeat(2500)}a.jpg`, 'invalid_path'],
      ['n'.repeat(300), 'invalid_path'],
      ['y'.repeat(200_000), 'invalid_path'],
      ['file://elsewhere/a.jpg', 'invalid_path'],
      ['file:///a%zz.jpg', 'invalid_path'],
      ['https://example.org/a b.jpg', 'invalid_path'],
      ['a.jpg', 'fine'],
    ];
    const found = await within(1000, codes(folder, lines.map(([line]) => line).join('\n')));
    expect(found).toEqual(lines.map(([, code]) => code));
  });

  it('keeps a path of 5,000 bytes whole in its URI', async () => {
    const folder = tempFolder();
    const long = `${'0123456789/'.repeat(454)}.jpg`;
    writeFileSync(join(folder, 'list'), long);
    const [entry] = await entriesOf(openSource({ kind: 'list', path: `${folder}/list`, nul: false }, { cwd: folder }));
    expect(entry).toMatchObject({ uri: `file://${folder}/${long}`, size: null, refused: { code: 'invalid_path' } });
  });

  it('passes over blank lines, a byte order mark and carriage returns', async () => {
    const folder = tempFolder();
    place(folder, 'a.jpg');
    expect(await codes(folder, '\ufeffa.jpg\r\n\r\n\n\na.jpg\r\na.jpg')).toEqual(['fine', 'fine', 'fine']);
    expect(await codes(folder, '')).toEqual([]);
  });

  it('takes every byte between NULs as it is', async () => {
    const folder = tempFolder();
    for (const name of ['a\r', '\n', '\xff\xfe.jpg', ' ']) place(folder, name);
    expect(await codes(folder, Buffer.from('a\r\0\n\0\0\xff\xfe.jpg\0 \0', 'latin1'), true)).toEqual(
      Array(4).fill('fine'),
    );
  });

  it('reads a path that a link leads to, wherever it lies, since it was named', async () => {
    const folder = tempFolder();
    place(folder, 'real/a.jpg');
    mkdirSync(join(folder, 'other'));
    symlinkSync('../real/a.jpg', join(folder, 'other/link.jpg'));
    const source = openSource({ kind: 'file', path: `${folder}/other/link.jpg` });
    const [entry] = await entriesOf(source);
    const location = await source.locate(entry!, never);
    expect(location).toMatchObject({ root: null });
    expect('code' in location ? location : await readLocation(location, 100, never)).toEqual(Buffer.from('real/a.jpg'));
  });

  it('reads nothing where the file is gone', async () => {
    const folder = tempFolder();
    place(folder, 'a.jpg');
    const source = openSource({ kind: 'file', path: `${folder}/a.jpg` });
    const [entry] = await entriesOf(source);
    rmSync(join(folder, 'a.jpg'));
    const location = await source.locate(entry!, never);
    expect('code' in location ? location : await readLocation(location, 100, never)).toMatchObject({
      code: 'not_found',
    });
  });

  it('goes on with lines that were added after its last cursor', async () => {
    const folder = tempFolder();
    for (const name of ['a.jpg', 'b.jpg']) place(folder, name);
    writeFileSync(join(folder, 'list'), 'a.jpg\n');
    const source = openSource({ kind: 'list', path: `${folder}/list`, nul: false }, { cwd: folder });
    const cursor = (await listAll(source)).at(-1)!.cursor;
    appendFileSync(join(folder, 'list'), 'b.jpg\n');
    expect((await listAll(source, cursor)).map(({ entry }) => entry.uri)).toEqual([`file://${folder}/b.jpg`]);
  });

  it('throws when it is away, and refuses a pipe without waiting for it', async () => {
    const folder = tempFolder();
    makeFifo(join(folder, 'pipe'));
    const list = (name: string) =>
      within(1000, entriesOf(openSource({ kind: 'list', path: `${folder}/${name}`, nul: false })));
    await expect(list('nowhere')).rejects.toMatchObject({ code: 'not_found' });
    await expect(list('pipe')).rejects.toMatchObject({ code: 'usage' });
  });

  it('streams 200,000 lines without holding them', async () => {
    const folder = tempFolder();
    const line = `${'missing-folder/'.repeat(10)}photograph.jpg\n`;
    writeFileSync(join(folder, 'list'), line.repeat(200_000));
    const source = openSource({ kind: 'list', path: `${folder}/list`, nul: false }, { cwd: folder });
    let count = 0;
    let held = 0;
    const before = heapAfterCollection();
    for await (const { entry } of source.list(undefined, never)) {
      if (entry.refused?.code === 'not_found') count++;
      if (count === 150_000) held = heapAfterCollection() - before;
    }
    expect(count).toBe(200_000);
    expect(held).toBeLessThan(10e6);
  });
});

describe('standard input', () => {
  const open = (stdin: Readable, cwd: string, nul = false) => openSource({ kind: 'stdin', nul }, { stdin, cwd });

  it('gives what a slow writer has written before it writes more', async () => {
    const folder = tempFolder();
    for (const name of ['a.jpg', 'b.jpg']) place(folder, name);
    const stdin = new PassThrough();
    const listing = open(stdin, folder).list(undefined, never)[Symbol.asyncIterator]();
    stdin.write('a.jpg\nb.j');
    expect((await within(1000, listing.next())).value.entry.uri).toBe(`file://${folder}/a.jpg`);
    stdin.end('pg');
    expect((await within(1000, listing.next())).value.entry.uri).toBe(`file://${folder}/b.jpg`);
    expect((await within(1000, listing.next())).done).toBe(true);
  });

  it('ends at once when aborted while its writer is silent', async () => {
    const stdin = new PassThrough();
    const reason = new Error('enough');
    const abort = new AbortController();
    const next = open(stdin, '/').list(undefined, abort.signal)[Symbol.asyncIterator]().next();
    abort.abort(reason);
    await expect(within(1000, next)).rejects.toBe(reason);
    expect(stdin.destroyed).toBe(true);
  });

  it('cannot be listed twice', async () => {
    const source = open(Readable.from(['a.jpg\n']), tempFolder());
    expect(await listAll(source)).toHaveLength(1);
    await expect(listAll(source)).rejects.toMatchObject({ code: 'usage' });
  });

  it('passes the error of a broken stream on', async () => {
    const stdin = new PassThrough();
    const listing = entriesOf(open(stdin, tempFolder()));
    stdin.destroy(Object.assign(new Error('read failed'), { code: 'EIO' }));
    await expect(listing).rejects.toThrow('read failed');
  });

  it('reads what find(1) prints between NULs', async () => {
    const folder = tempFolder();
    for (const name of ['a b.jpg', 'c\nd.jpg', '\xff.jpg']) place(folder, name);
    const printed = execFileSync('find', ['.', '-name', '*.jpg', '-print0'], { cwd: folder });
    const entries = await entriesOf(open(Readable.from([printed]), folder, true));
    expect(entries.map(({ uri }) => uri).sort()).toEqual(
      ['%FF.jpg', 'a%20b.jpg', 'c%0Ad.jpg'].map((name) => `file://${folder}/${name}`),
    );
  });
});
