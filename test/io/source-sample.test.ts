import { describe, expect, it } from 'vitest';
import { excludeSource, openSource, openSources, sampleSource } from '../../src/io/open-source.js';
import type { Source } from '../../src/io/source.js';
import { entriesOf, listAll, never, place, tempFolder } from './source-fixtures.js';

/** A source of numbered entries, which counts how often it was listed. */
function numbered(count: number): Source & { readonly listings: number } {
  let listings = 0;
  return {
    ignored: 7,
    get listings() {
      return listings;
    },
    async *list() {
      listings++;
      for (let at = 0; at < count; at++)
        yield { entry: { uri: `file:///${at}.jpg`, size: 1, version: '1-1' }, cursor: `${at}` };
    },
    locate: async (entry) => ({ path: entry.uri.slice(7), offset: 0, length: null, version: null, root: null }),
    close: async () => {},
  };
}

const uris = async (source: Source) => (await entriesOf(source)).map(({ uri }) => uri);

describe('a sample', () => {
  it('is the same for the same seed, another for another, and of the size asked for', async () => {
    const draw = (seed: number, of = 1000) => uris(sampleSource(numbered(of), { count: 75, seed }));
    const first = await draw(1);
    expect(new Set(first).size).toBe(75);
    expect(first).toEqual([...first].sort());
    expect(await draw(1)).toEqual(first);
    const other = await draw(2);
    expect(other).not.toEqual(first);
    // 75 of 1,000 twice: 5.6 in common are expected; 25 are more than seven deviations away
    expect(other.filter((uri) => first.includes(uri)).length).toBeLessThan(25);
  });

  it('keeps, of a larger source, those drawn before that are still among the lowest', async () => {
    const few = await uris(sampleSource(numbered(500), { count: 75, seed: 1 }));
    const many = await uris(sampleSource(numbered(1000), { count: 75, seed: 1 }));
    expect(many.filter((uri) => Number(uri.match(/\d+/)![0]) < 500).every((uri) => few.includes(uri))).toBe(true);
  });

  it('takes every entry about equally often', async () => {
    const times = new Map<string, number>();
    for (let seed = 0; seed < 400; seed++) {
      for (const uri of await uris(sampleSource(numbered(20), { count: 5, seed })))
        times.set(uri, (times.get(uri) ?? 0) + 1);
    }
    // 100 expected, deviation 8.7
    for (const count of times.values()) expect(Math.abs(count - 100)).toBeLessThan(45);
    expect(times.size).toBe(20);
  });

  it('of a smaller source is the whole source, and of none nothing', async () => {
    expect(await uris(sampleSource(numbered(3), { count: 75, seed: 1 }))).toHaveLength(3);
    expect(await uris(sampleSource(numbered(3), { count: 0, seed: 1 }))).toEqual([]);
    expect(await uris(sampleSource(numbered(0), { count: 5, seed: 1 }))).toEqual([]);
  });

  it('lists its source once', async () => {
    const source = numbered(100);
    const sample = sampleSource(source, { count: 10, seed: 1 });
    const listed = await listAll(sample);
    expect(await listAll(sample, listed[3]!.cursor)).toEqual(listed.slice(4));
    expect(source.listings).toBe(1);
    expect(sample.ignored).toBe(7);
  });
});

describe('exclusions', () => {
  it('drop entries and keep the cursors of the others', async () => {
    const all = await listAll(numbered(10));
    const rest = await listAll(excludeSource(numbered(10), (uri) => uri === 'file:///3.jpg'));
    expect(rest).toEqual(all.filter((_, at) => at !== 3));
  });
});

describe('several inputs', () => {
  it('count together what each passes over, on a resume too', async () => {
    const folder = tempFolder();
    for (const name of ['a/b.txt', 'a/c.jpg', 'd/e.txt', 'd/f.jpg', 'd/g.txt']) place(folder, name);
    const open = () =>
      openSources([
        { kind: 'folder', path: `${folder}/a`, allFiles: false },
        { kind: 'folder', path: `${folder}/d`, allFiles: false },
      ]);
    const source = open();
    const listed = await listAll(source);
    expect(source.ignored).toBe(3);
    for (const { cursor } of listed) {
      const resumed = open();
      await listAll(resumed, cursor);
      expect(resumed.ignored).toBe(3);
    }
  });

  it('reject the cursor of something else, and an entry that is none of theirs', async () => {
    const source = openSources([{ kind: 'file', path: '/a.jpg' }]);
    for (const cursor of ['1', '[]', '{', '["0",null,0]']) {
      await expect(listAll(source, cursor)).rejects.toMatchObject({ code: 'data_loss' });
    }
    const entry = { uri: 'file:///b.jpg', size: 1, version: '1-1' };
    await expect(source.locate(entry, never)).rejects.toMatchObject({ code: 'internal' });
  });

  it('ask for standard input only where there is one', () => {
    expect(() => openSource({ kind: 'stdin', nul: false })).toThrowError(expect.objectContaining({ code: 'usage' }));
  });
});
