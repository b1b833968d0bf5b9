import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSource, parseInput } from '../../src/io/open-source.js';
import { entriesOf, makeFifo, place, tempFolder } from './source-fixtures.js';

const parse = (argument: string | Buffer, cwd: string, allFiles = false) =>
  parseInput(argument, { allFiles, nul: true, cwd });

function tree(): string {
  const folder = tempFolder();
  for (const name of ['d/a.jpg', 'b.tar', 'b.TGZ', 'b.tar.gz', 'e*.jpg', '[x]/f.jpg', 'list']) place(folder, name);
  makeFifo(`${folder}/pipe.tar`);
  return folder;
}

describe('an argument', () => {
  it.each([
    ['-', { kind: 'stdin', nul: true }],
    ['@list', { kind: 'list', path: '/list', nul: true }],
    ['@../missing', { kind: 'list', path: '/../missing', nul: true }],
    ['.', { kind: 'folder', path: '', allFiles: false }],
    ['d/', { kind: 'folder', path: '/d', allFiles: false }],
    ['[x]', { kind: 'folder', path: '/[x]', allFiles: false }],
    ['b.tar', { kind: 'tar', path: '/b.tar', allFiles: false }],
    ['b.TGZ', { kind: 'tar', path: '/b.TGZ', allFiles: false }],
    ['./d/../b.tar.gz', { kind: 'tar', path: '/b.tar.gz', allFiles: false }],
    ['missing.tar', { kind: 'file', path: '/missing.tar' }],
    ['pipe.tar', { kind: 'file', path: '/pipe.tar' }],
    ['d/a.jpg', { kind: 'file', path: '/d/a.jpg' }],
    ['e*.jpg', { kind: 'file', path: '/e*.jpg' }],
    ['missing.jpg', { kind: 'file', path: '/missing.jpg' }],
    ['a\0b', { kind: 'file', path: '/a\0b' }],
    ['d/*.jpg', { kind: 'glob', pattern: '/d/*.jpg', allFiles: false }],
    ['./**/{a,b}.jpg', { kind: 'glob', pattern: '/**/{a,b}.jpg', allFiles: false }],
  ])('%j is %o', async (argument, spec) => {
    const folder = tree();
    const parsed = await parse(argument, folder);
    const absolute = Object.fromEntries(
      Object.entries(spec).map(([key, value]) => {
        if (key !== 'path' && key !== 'pattern') return [key, value];
        return [key, String(value).startsWith('/../') ? dirname(folder) + String(value).slice(3) : folder + value];
      }),
    );
    expect({ ...parsed }).toEqual(absolute);
  });

  it('may be an absolute path, a pattern or an address', async () => {
    const folder = tree();
    expect(await parse(`${folder}/d`, '/', true)).toEqual({ kind: 'folder', path: `${folder}/d`, allFiles: true });
    expect(await parse(`${folder}/d/?.jpg`, '/')).toMatchObject({ kind: 'glob', pattern: `${folder}/d/?.jpg` });
    expect(await parse(`file://${folder}/%5Bx%5D`, '/')).toMatchObject({ kind: 'folder', path: `${folder}/[x]` });
  });

  it('may be a pattern below a folder whose name looks like one', async () => {
    const folder = tree();
    const spec = await parse('../[x]/*.jpg', `${folder}/d`);
    expect(spec).toMatchObject({ kind: 'glob' });
    const inside = await parse('*.jpg', `${folder}/[x]`);
    const entries = await entriesOf(openSource(inside));
    expect(entries.map(({ uri }) => uri)).toEqual([`file://${folder}/%5Bx%5D/f.jpg`]);
  });

  it('given as bytes keeps what is no UTF-8', async () => {
    const folder = tempFolder();
    place(folder, '\xff/a.jpg');
    const spec = await parse(Buffer.from(`${folder}/\xff`, 'latin1'), '/');
    expect(spec).toEqual({ kind: 'folder', path: `file://${folder}/%FF`, allFiles: false });
    const entries = await entriesOf(openSource(spec));
    expect(entries.map(({ uri }) => uri)).toEqual([`file://${folder}/%FF/a.jpg`]);
  });

  it.each(['', 's3://bucket/photos', 'https://example.org/a.jpg', 'file://elsewhere/a'])(
    '%j is refused',
    async (argument) => {
      await expect(parse(argument, '/')).rejects.toMatchObject({ code: 'usage' });
    },
  );
});
