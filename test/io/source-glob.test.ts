import { describe, expect, it } from 'vitest';
import { openSource } from '../../src/io/open-source.js';
import { splitGlob } from '../../src/io/sources/glob-source.js';
import { below, entriesOf, place, placeTooDeep, tempFolder } from './source-fixtures.js';

const tree = [
  'a.jpg',
  'b.png',
  'c.txt',
  'd/e.jpg',
  'd/f/g.jpg',
  'd/f/h.PNG',
  '.i/j.jpg',
  '.k.jpg',
  'new\nline.jpg',
  'é.jpg',
];

async function matches(pattern: string, allFiles = false): Promise<string[]> {
  const folder = tempFolder();
  for (const name of tree) place(folder, Buffer.from(name).toString('latin1'), name);
  const entries = await entriesOf(openSource({ kind: 'glob', pattern: `${folder}/${pattern}`, allFiles }));
  return entries.map((entry) => below(folder, entry));
}

describe('a glob', () => {
  it.each([
    ['*.jpg', ['a.jpg', 'new\nline.jpg', 'é.jpg']],
    ['?.jpg', ['a.jpg', 'é.jpg']],
    ['**/*.jpg', ['a.jpg', 'd/e.jpg', 'd/f/g.jpg', 'new\nline.jpg', 'é.jpg']],
    ['*', ['a.jpg', 'b.png', 'new\nline.jpg', 'é.jpg']],
    ['*/*.jpg', ['d/e.jpg']],
    ['d/**', ['d/e.jpg', 'd/f/g.jpg', 'd/f/h.PNG']],
    ['{a,d/e}.jpg', ['a.jpg', 'd/e.jpg']],
    ['[ab].*', ['a.jpg', 'b.png']],
    ['d/@(f|x)/*', ['d/f/g.jpg', 'd/f/h.PNG']],
    ['.*.jpg', ['.k.jpg']],
    ['.i/*.jpg', ['.i/j.jpg']],
    ['**/.i/*', ['.i/j.jpg']],
    ['*.gif', []],
    ['*.txt', []],
  ])('%s takes the images that match', async (pattern, expected) => {
    expect(await matches(pattern)).toEqual(expected);
  });

  it('takes any file that matches when asked to', async () => {
    expect(await matches('*.txt', true)).toEqual(['c.txt']);
  });

  it('counts what matches and is no image, and nothing else', async () => {
    const folder = tempFolder();
    for (const name of ['a.jpg', 'b.txt', 'c/d.txt']) place(folder, name);
    const source = openSource({ kind: 'glob', pattern: `${folder}/*`, allFiles: false });
    await entriesOf(source);
    expect(source.ignored).toBe(1);
  });

  it('throws when the folder before the pattern is away', async () => {
    await expect(matches('nowhere/*.jpg')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('opens only folders that can hold a match', async () => {
    const folder = tempFolder();
    place(folder, 'a/b.jpg');
    // a folder too deep to be read would be a refused row if it were opened
    placeTooDeep(`${folder}/x`);
    const refused = async (pattern: string) =>
      (await entriesOf(openSource({ kind: 'glob', pattern: `${folder}/${pattern}`, allFiles: false }))).filter(
        (entry) => entry.refused !== undefined,
      ).length;
    expect(await refused('**/*.jpg')).toBe(1);
    expect(await refused('*/*.jpg')).toBe(0);
    expect(await refused('a/**/*.jpg')).toBe(0);
  });

  it.each([
    ['/a/b/*.jpg', '/a/b', '*.jpg'],
    ['/*.jpg', '/', '*.jpg'],
    ['/a/\\[b\\]/{c,d}/e.jpg', '/a/[b]', '{c,d}/e.jpg'],
    ['/a/b\\*.jpg', '/a', 'b\\*.jpg'],
    ['/a/./b/../*.jpg', '/a', '*.jpg'],
  ])('splits %s', (pattern, base, rest) => {
    expect(splitGlob(pattern)).toEqual({ base, below: rest });
  });
});
