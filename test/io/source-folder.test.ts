import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../src/io/open-source.js';
import { readLocation } from '../../src/io/read-location.js';
import { byteString, bytesOf, encodeBytes, pathOfUri } from '../../src/io/uri.js';
import {
  below,
  entriesOf,
  listAll,
  makeFifo,
  never,
  place,
  placeTooDeep,
  tempFolder,
  within,
} from './source-fixtures.js';

const open = (path: string, allFiles = false) => openSource({ kind: 'folder', path, allFiles });
const names = async (folder: string, allFiles = false) =>
  (await entriesOf(open(folder, allFiles))).map((entry) => below(folder, entry));
const isRoot = process.getuid?.() === 0;

describe('a folder', () => {
  it('takes images by their extension, in any case, and counts the others', async () => {
    const folder = tempFolder();
    const images = [
      'a.jpg',
      'b.JPEG',
      'c.jpe',
      'd.jfif',
      'e.PNG',
      'f.webp',
      'g.gif',
      'h.tif',
      'i.tiff',
      'j.bmp',
      'k.avif',
    ];
    for (const name of [...images, 'jpg', 'l.jpg.txt', 'm/n.heic', 'o.svg', '.hidden.jpg', '.git/p.jpg'])
      place(folder, name);
    const source = open(folder);
    expect((await entriesOf(source)).map((entry) => below(folder, entry))).toEqual(images);
    expect(source.ignored).toBe(4);
  });

  it('takes all regular files but dotfiles when asked to', async () => {
    const folder = tempFolder();
    for (const name of ['a.jpg', 'b', 'c/d.txt', '.e']) place(folder, name);
    expect(await names(folder, true)).toEqual(['a.jpg', 'b', 'c/d.txt']);
  });

  it('passes over folders that are outputs, and refuses to be one', async () => {
    const folder = tempFolder();
    for (const name of ['a.jpg', 'labels/_job.json', 'labels/annotated/b.jpg', 'labels/c.jpg']) place(folder, name);
    expect(await names(folder)).toEqual(['a.jpg']);
    await expect(names(join(folder, 'labels'))).rejects.toMatchObject({ code: 'usage' });
    expect(await names(join(folder, 'labels/annotated'))).toEqual(['b.jpg']);
  });

  it('orders whole paths as bytes and goes on from any of them, whatever the tree', async () => {
    // bytes around '/' and '.', beyond ASCII, and enough equal ones for shared prefixes
    const byte = fc.constantFrom(...bytesToTry);
    const name = fc.array(byte, { minLength: 1, maxLength: 3 }).map((bytes) => byteString(Buffer.from(bytes)));
    const path = fc
      .tuple(fc.array(name, { maxLength: 3 }), name)
      .map(([folders, last]) => [...folders, `${last}.jpg`].join('/'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { minLength: 1, maxLength: 25 }), fc.nat(), async (paths, pick) => {
        const folder = tempFolder();
        try {
          const placed = paths.filter((path) => canPlace(folder, path));
          const listed = await listAll(open(folder));
          const found = listed.map(({ entry }) => pathOfUri(entry.uri));
          const expected = placed.map((path) => bytesOf(`${folder}/${path}`)).sort(Buffer.compare);
          expect(found).toEqual(expected);
          const from = pick % listed.length;
          expect(await listAll(open(folder), listed[from]!.cursor)).toEqual(listed.slice(from + 1));
        } finally {
          rmSync(folder, { recursive: true });
        }
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it('goes on after a place that is gone, and after one that has become a folder', async () => {
    const folder = tempFolder();
    for (const name of ['a.jpg', 'b/c.jpg', 'b/d.jpg', 'e.jpg']) place(folder, name);
    const [, second] = await listAll(open(folder));
    rmSync(join(folder, 'b/c.jpg'));
    place(folder, 'b/c.jpg/f.jpg');
    place(folder, 'b/a.jpg');
    const rest = await listAll(open(folder), second!.cursor);
    expect(rest.map(({ entry }) => below(folder, entry))).toEqual(['b/c.jpg/f.jpg', 'b/d.jpg', 'e.jpg']);
  });

  it('counts the files passed over on a resume too', async () => {
    const folder = tempFolder();
    for (const name of ['a.txt', 'b.jpg', 'c/d.txt', 'c/e.jpg', 'f.txt']) place(folder, name);
    const [first] = await listAll(open(folder));
    const resumed = open(folder);
    await listAll(resumed, first!.cursor);
    expect(resumed.ignored).toBe(3);
  });

  it('follows links inside of it, and only those', async () => {
    const folder = tempFolder();
    const root = join(folder, 'root');
    for (const name of ['root/a/b.jpg', 'root/.store/object', 'outside/c.jpg', 'root2/d.jpg']) place(folder, name);
    symlinkSync('../.store/object', join(root, 'a/annexed.jpg'));
    symlinkSync('a', join(root, 'link'));
    symlinkSync('../outside/c.jpg', join(root, 'out.jpg'));
    symlinkSync('../root2', join(root, 'out'));
    symlinkSync('nowhere', join(root, 'broken.jpg'));
    const source = open(root);
    const entries = await entriesOf(source);
    expect(entries.map((entry) => below(root, entry))).toEqual([
      'a/annexed.jpg',
      'a/b.jpg',
      'link/annexed.jpg',
      'link/b.jpg',
    ]);
    expect(source.ignored).toBe(3);
    const location = await source.locate(entries[2]!, never);
    expect(location).toMatchObject({ root: encodeBytes(root) });
    expect('code' in location ? location : await readLocation(location, 100, never)).toEqual(
      Buffer.from('root/.store/object'),
    );
  });

  it('gives no bytes of what has become a link to the outside', async () => {
    const folder = tempFolder();
    for (const name of ['root/a.jpg', 'secret.jpg']) place(folder, name);
    const source = open(join(folder, 'root'));
    const [entry] = await entriesOf(source);
    rmSync(join(folder, 'root/a.jpg'));
    symlinkSync('../secret.jpg', join(folder, 'root/a.jpg'));
    const location = await source.locate(entry!, never);
    expect('code' in location ? location : await readLocation(location, 100, never)).toMatchObject({
      code: 'invalid_path',
    });
  });

  it('ends in spite of links that lead back', async () => {
    const folder = tempFolder();
    for (const name of ['a/b/c.jpg', 'd/e.jpg']) place(folder, name);
    symlinkSync('../..', join(folder, 'a/b/up'));
    symlinkSync('.', join(folder, 'self'));
    symlinkSync('loop', join(folder, 'loop'));
    symlinkSync('../d', join(folder, 'a/to-d'));
    symlinkSync('../a', join(folder, 'd/to-a'));
    expect(await names(folder)).toEqual(['a/b/c.jpg', 'a/to-d/e.jpg', 'd/e.jpg', 'd/to-a/b/c.jpg']);
  });

  it('refuses pipes as rows when all files are asked for, and never waits for one', async () => {
    const folder = tempFolder();
    place(folder, 'a.jpg');
    makeFifo(join(folder, 'b.jpg'));
    expect(await within(1000, names(folder))).toEqual(['a.jpg']);
    const entries = await within(1000, entriesOf(open(folder, true)));
    expect(entries[1]).toEqual({
      uri: `file://${folder}/b.jpg`,
      size: null,
      version: null,
      refused: expect.objectContaining({ code: 'not_a_file' }),
    });
    expect(await open(folder, true).locate(entries[1]!, never)).toBe(entries[1]!.refused);
  });

  it.skipIf(isRoot)('makes one refused row of a folder that may not be read, and resumes behind it', async () => {
    const folder = tempFolder();
    for (const name of ['a.jpg', 'b/c.jpg', 'd.jpg']) place(folder, name);
    chmodSync(join(folder, 'b'), 0);
    try {
      const listed = await listAll(open(folder));
      expect(listed.map(({ entry }) => [below(folder, entry), entry.refused?.code])).toEqual([
        ['a.jpg', undefined],
        ['b/', 'permission_denied'],
        ['d.jpg', undefined],
      ]);
      expect(await listAll(open(folder), listed[1]!.cursor)).toEqual(listed.slice(2));
    } finally {
      chmodSync(join(folder, 'b'), 0o700);
    }
  });

  it('makes refused rows of what lies too deep for the system', async () => {
    const folder = tempFolder();
    placeTooDeep(folder);
    const entries = await entriesOf(open(folder));
    expect(entries.map(({ refused }) => refused?.code)).toEqual(['invalid_path']);
  });

  it('throws when it is away or no folder', async () => {
    const folder = tempFolder();
    place(folder, 'a.jpg');
    await expect(names(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'not_found' });
    await expect(names(join(folder, 'a.jpg'))).rejects.toMatchObject({ code: 'not_found' });
  });

  it.skipIf(isRoot)('throws when it may not be read', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'closed'), { mode: 0 });
    await expect(names(join(folder, 'closed'))).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it('rejects a cursor that is none of its own', async () => {
    await expect(listAll(open(tempFolder()), 'x')).rejects.toMatchObject({ code: 'data_loss' });
  });
});

const bytesToTry = [0x01, 0x20, 0x2b, 0x2d, 0x30, 0x61, 0x61, 0x62, 0x7f, 0xc3, 0xff];

/** False where a file of the tree stands in the way of a folder. */
function canPlace(folder: string, path: string): boolean {
  try {
    place(folder, path);
    return true;
  } catch {
    return false;
  }
}
