import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSource, type SourceContext } from '../../src/io/open-source.js';
import { readLocation } from '../../src/io/read-location.js';
import type { Entry, Source } from '../../src/io/source.js';
import { expansionLimit } from '../../src/io/sources/archive-spool.js';
import { partsOfTarUri } from '../../src/io/uri.js';
import { entriesOf, listAll, makeFifo, never, place, tarOf, tempFolder, within } from './source-fixtures.js';

const hasGnuTar = (() => {
  try {
    return execFileSync('tar', ['--version'], { encoding: 'utf8' }).includes('GNU tar');
  } catch {
    return false;
  }
})();

function open(path: string, { allFiles = false, ...context }: SourceContext & { allFiles?: boolean } = {}): Source {
  const source = openSource({ kind: 'tar', path, allFiles }, { spoolDir: join(path, '..'), ...context });
  onTestFinished(() => source.close());
  return source;
}

const member = (entry: Entry): string | undefined => partsOfTarUri(entry.uri)?.member.toString('latin1');

async function read(source: Source, entry: Entry): Promise<string> {
  const location = await source.locate(entry, never);
  const bytes = 'code' in location ? location : await readLocation(location, 1e6, never);
  return 'code' in bytes ? bytes.code : bytes.toString('latin1');
}

/** Name and content, or the code of a refused entry. */
async function contents(source: Source): Promise<[string | undefined, string][]> {
  const entries = await entriesOf(source);
  return await Promise.all(
    entries.map(
      async (entry) => [member(entry), entry.refused?.code ?? (await read(source, entry))] as [string, string],
    ),
  );
}

async function archive(name: string, tar: Buffer): Promise<string> {
  const path = join(tempFolder(), name);
  writeFileSync(path, name.endsWith('gz') ? gzipSync(tar) : tar);
  return path;
}

describe('an archive', () => {
  it('gives its images in its own order and counts what it passes over', async () => {
    const tar = await tarOf([
      { name: 'z.jpg' },
      { name: 'b.txt' },
      { name: 'folder.jpg', type: 'directory' },
      { name: 'link.jpg', type: 'symlink' },
      { name: 'hard.jpg', type: 'link' },
      { name: 'pipe.jpg', type: 'fifo' },
      { name: './a.PNG' },
      { name: '../up.jpg' },
      { name: '._a.jpg' },
      { name: '.git/c.jpg' },
    ]);
    const path = await archive('a.tar', tar);
    const source = open(path);
    expect((await entriesOf(source)).map(member)).toEqual(['z.jpg', './a.PNG', '../up.jpg']);
    expect(source.ignored).toBe(3);
    expect((await entriesOf(open(path, { allFiles: true }))).map(member)).toEqual([
      'z.jpg',
      'b.txt',
      './a.PNG',
      '../up.jpg',
    ]);
  });

  it('finds the offsets that tar-stream finds', async () => {
    const names = Array.from({ length: 40 }, (_, at) => `${'d/'.repeat(at * 4)}é${at}.jpg`);
    const tar = await tarOf(names.map((name, at) => ({ name, content: 'x'.repeat(at * 100) })));
    const entries = await entriesOf(open(await archive('a.tar', tar)));
    const offsets: unknown[] = [];
    const reader = extract();
    reader.end(tar);
    for await (const found of reader) {
      const { name, size, byteOffset } = found.header as unknown as Record<string, unknown>;
      offsets.push([name, size, byteOffset]);
      found.resume();
    }
    const ours = entries.map(({ uri, size, offset }) => [partsOfTarUri(uri)?.member.toString(), size, offset]);
    expect(ours).toEqual(offsets);
  });

  describe.skipIf(!hasGnuTar)('written by GNU tar', () => {
    it.each(['gnu', 'pax', 'ustar', 'v7', 'oldgnu'])(
      'has the names and bytes of its files, format %s',
      async (format) => {
        const folder = tempFolder();
        const short = format === 'v7' || format === 'ustar';
        const names = ['a.jpg', 'b c#%.jpg', 'new\nline.jpg', 'e\xcc\x81.jpg', '\xff\xfe.jpg'];
        if (!short) names.push(`${'long/'.repeat(80)}${'n'.repeat(200)}.jpg`);
        for (const name of names) place(folder, `in/${name}`, Buffer.from(name, 'latin1'));
        execFileSync('tar', ['-C', `${folder}/in`, '--sort=name', `--format=${format}`, '-cf', `${folder}/a.tar`, '.']);
        const found = await contents(open(join(folder, 'a.tar')));
        expect(found.sort()).toEqual(names.map((name) => [`./${name}`, name]).sort());
      },
    );

    it.each(['gnu', 'pax'])('has refused entries for sparse files, format %s', async (format) => {
      const folder = tempFolder();
      place(folder, 'in/a.jpg');
      place(folder, 'in/sparse.jpg', '');
      truncateSync(join(folder, 'in/sparse.jpg'), 1e6);
      appendFileSync(join(folder, 'in/sparse.jpg'), 'end');
      place(folder, 'in/z.jpg');
      const args = [
        '-C',
        `${folder}/in`,
        '--sparse',
        '--sort=name',
        `--format=${format}`,
        '-cf',
        `${folder}/a.tar`,
        '.',
      ];
      execFileSync('tar', args);
      const found = await contents(open(join(folder, 'a.tar')));
      expect(found).toEqual([
        ['./a.jpg', 'in/a.jpg'],
        ['./sparse.jpg', 'unsupported_format'],
        ['./z.jpg', 'in/z.jpg'],
      ]);
    });
  });

  it('takes a size beyond eleven octal digits', async () => {
    const tar = await tarOf([{ name: 'a.jpg', content: 'ten bytes!' }]);
    tar[124] = 0x80;
    tar.fill(0, 125, 135);
    tar[135] = 10;
    tar.write('        ', 148, 'latin1');
    tar.write(
      `${tar
        .subarray(0, 512)
        .reduce((sum, byte) => sum + byte)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
      'latin1',
    );
    expect(await contents(open(await archive('a.tar', tar)))).toEqual([['a.jpg', 'ten bytes!']]);
  });

  for (const name of ['a.tar', 'a.tgz']) {
    it(`ends with a refused entry for itself wherever it is cut (${name})`, async () => {
      const tar = await tarOf([{ name: 'a.jpg', content: 'a'.repeat(700) }, { name: 'b.jpg' }, { name: 'ü.jpg' }]);
      // every header and content starts at a multiple of 512; the end mark is the last 1,024 bytes
      for (let cut = 0; cut <= tar.length - 1024; cut += 128) {
        const path = await archive(name, tar.subarray(0, cut));
        const source = open(path);
        const listed = await listAll(source);
        const last = listed.at(-1)!;
        expect(last.entry.uri).toBe(`file://${path}`);
        expect(last.entry.refused).toMatchObject({ code: 'truncated', message: expect.stringContaining('a.t') });
        expect(await listAll(source, last.cursor)).toEqual([]);
        const whole = listed.slice(0, -1).map(({ entry }) => read(source, entry));
        expect(await Promise.all(whole)).toEqual(
          ['a'.repeat(700), 'b.jpg', 'ü.jpg']
            .map((text) => Buffer.from(text).toString('latin1'))
            .slice(0, whole.length),
        );
        await source.close();
      }
    });
  }

  it('names the member that it is cut in', async () => {
    const tar = await tarOf([{ name: 'a.jpg', content: 'a'.repeat(700) }]);
    const [entry] = await entriesOf(open(await archive('a.tar', tar.subarray(0, 1000))));
    expect(entry!.refused!.message).toMatch(/a\.tar is cut short inside of a\.jpg/);
  });

  it('ends with a refused entry where it is damaged, or no archive at all', async () => {
    const tar = await tarOf([{ name: 'a.jpg' }, { name: 'b.jpg' }]);
    tar[1024 + 3] = 1;
    expect((await contents(open(await archive('a.tar', tar)))).map(([, code]) => code)).toEqual(['a.jpg', 'corrupt']);
    expect((await contents(open(await archive('a.tar', Buffer.alloc(2000, 'x'))))).map(([, code]) => code)).toEqual([
      'corrupt',
    ]);
  });

  it('tells that it was changed after it was listed', async () => {
    const path = await archive('a.tar', await tarOf([{ name: 'a.jpg' }, { name: 'b.jpg' }]));
    const source = open(path);
    const [first] = await listAll(source);
    appendFileSync(path, Buffer.alloc(512));
    expect(await read(source, first!.entry)).toBe('input_changed');
    const rest = await listAll(source, first!.cursor);
    expect(rest.map(({ entry }) => entry.refused?.code)).toEqual(['input_changed']);
  });

  it('throws when it is away or a pipe', async () => {
    const folder = tempFolder();
    for (const name of ['pipe.tar', 'pipe.tgz']) makeFifo(join(folder, name));
    for (const name of ['pipe.tar', 'pipe.tgz']) {
      await expect(within(1000, entriesOf(open(join(folder, name))))).rejects.toMatchObject({ code: 'usage' });
    }
    await expect(entriesOf(open(join(folder, 'nowhere.tgz')))).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a packed archive', () => {
  it('is unpacked into one private file, which is deleted on close', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'spool'));
    writeFileSync(join(folder, 'a.tgz'), gzipSync(await tarOf([{ name: 'a.jpg' }, { name: 'b.jpg' }])));
    const source = open(join(folder, 'a.tgz'), { spoolDir: join(folder, 'spool') });
    expect(await contents(source)).toEqual([
      ['a.jpg', 'a.jpg'],
      ['b.jpg', 'b.jpg'],
    ]);
    await contents(source);
    const [spool, ...others] = readdirSync(join(folder, 'spool'));
    expect(others).toEqual([]);
    expect(statSync(join(folder, 'spool', spool!)).mode & 0o777).toBe(0o600);
    await source.close();
    expect(readdirSync(join(folder, 'spool'))).toEqual([]);
  });

  it('is located in without a listing, as after a resume', async () => {
    const path = await archive('a.tgz', await tarOf([{ name: 'a.jpg' }, { name: 'b.jpg' }]));
    const entries = await entriesOf(open(path));
    expect(await read(open(path), entries[1]!)).toBe('b.jpg');
    appendFileSync(path, 'x');
    expect(await read(open(path), entries[1]!)).toBe('input_changed');
  });

  it('of several gzip streams one after the other is one archive', async () => {
    const tar = await tarOf([{ name: 'a.jpg' }, { name: 'b.jpg' }]);
    const path = join(tempFolder(), 'a.tar.gz');
    writeFileSync(path, Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]));
    expect((await contents(open(path))).map(([name]) => name)).toEqual(['a.jpg', 'b.jpg']);
  });

  it('whose gzip data is cut or damaged gives what came before', async () => {
    // noise does not shrink, so that a cut of the packed bytes is a cut of the content
    const noise = Array.from({ length: 8 }, (_, at) => ({ name: `${at}.jpg`, content: noiseOf(100_000, at) }));
    const packed = gzipSync(await tarOf(noise));
    const middle = packed.length >> 1;
    const cut = join(tempFolder(), 'cut.tgz');
    writeFileSync(cut, packed.subarray(0, middle));
    const entries = await entriesOf(open(cut));
    expect(entries.length).toBeGreaterThan(2);
    expect(entries.at(-1)!.refused).toMatchObject({
      code: 'truncated',
      message: expect.stringContaining('gzip data ends'),
    });

    const damaged = join(tempFolder(), 'damaged.tgz');
    packed.fill(0xff, middle, middle + 1000);
    writeFileSync(damaged, packed);
    const last = (await entriesOf(open(damaged))).at(-1)!;
    expect(last.refused?.code).toBe('corrupt');
    expect(() => gunzipSync(packed)).toThrow();
  });

  it('that is no gzip data is damaged', async () => {
    const path = join(tempFolder(), 'a.tgz');
    writeFileSync(path, 'no gzip data at all');
    expect((await contents(open(path))).map(([, code]) => code)).toEqual(['corrupt']);
  });

  it('that unpacks too far is refused before it fills the disk', async () => {
    const bomb = gzipSync(Buffer.concat([(await tarOf([{ name: 'a.jpg' }])).subarray(0, 1024), Buffer.alloc(50e6, 1)]));
    const folder = tempFolder();
    writeFileSync(join(folder, 'bomb.tgz'), bomb);
    const source = open(join(folder, 'bomb.tgz'), { maxSpoolBytes: 1e6 });
    // what came before is listed all the same
    const listed: Entry[] = [];
    const listing = async () => {
      for await (const { entry } of source.list(undefined, never)) listed.push(entry);
    };
    await listing().catch(() => {});
    expect(listed.map(member)[0]).toBe('a.jpg');
    const beyond = { ...listed[0]!, offset: 2e6 };
    await expect(source.locate(beyond, never)).rejects.toMatchObject({ code: 'resource_exhausted' });
    const spool = readdirSync(folder).find((name) => name.endsWith('.tar'));
    expect(statSync(join(folder, spool!)).size).toBeLessThanOrEqual(1e6);
  });

  it('may unpack to 200 times its size, to 1 GiB at least, and never over the cap', () => {
    expect(expansionLimit(100, 64 * 2 ** 30)).toBe(2 ** 30);
    expect(expansionLimit(2 ** 30, 300 * 2 ** 30)).toBe(200 * 2 ** 30);
    expect(expansionLimit(2 ** 30, 64 * 2 ** 30)).toBe(64 * 2 ** 30);
    expect(expansionLimit(100, 1000)).toBe(1000);
  });

  it('throws when there is no folder to unpack it into', async () => {
    const path = await archive('a.tgz', await tarOf([{ name: 'a.jpg' }]));
    const source = open(path, { spoolDir: join(path, '../nowhere') });
    await expect(entriesOf(source)).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('TMPDIR'),
    });
  });

  it('gives nothing after close', async () => {
    const path = await archive('a.tgz', await tarOf([{ name: 'a.jpg' }]));
    const source = open(path);
    const [entry] = await entriesOf(source);
    await source.close();
    await expect(source.locate(entry!, never)).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(join(path, '..'))).toEqual(['a.tgz']);
  });

  it('closes while it is still being unpacked', async () => {
    const folder = tempFolder();
    const big = gzipSync(await tarOf([{ name: 'a.jpg', content: noiseOf(30e6, 1) }]), { level: 1 });
    writeFileSync(join(folder, 'a.tgz'), big);
    const source = open(join(folder, 'a.tgz'));
    const listing = entriesOf(source).catch((error) => error);
    await source.close();
    expect(await within(5000, listing)).toMatchObject({ code: 'cancelled' });
    expect(readdirSync(folder)).toEqual(['a.tgz']);
  });
});

/** Bytes without order, the same for the same seed (xorshift32). */
function noiseOf(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2654435761 + 1;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}
