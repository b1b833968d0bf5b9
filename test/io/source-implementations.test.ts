import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { InputSpec } from '../../src/io/job-spec.js';
import { excludeSource, openSource, openSources, sampleSource } from '../../src/io/open-source.js';
import { bytesOf, fileUri, tarUri } from '../../src/io/uri.js';
import { place, tarOf } from './source-fixtures.js';
import { type SourceUnderTest, sourceSuite } from './source-suite.js';

// bytewise: '!' < '/' < '0', so the folder's files come between its namesakes
const names = ['a!.jpg', 'a/b.png', 'a/c/d #%.gif', 'a/\xff\xfe.jpg', 'a0.webp', 'line\nbreak.tiff', 'ü.bmp'];
const stored = names.map((name) => Buffer.from(name, name.includes('\xff') ? 'latin1' : 'utf8').toString('latin1'));

interface Photographs {
  readonly folder: string;
  readonly files: SourceUnderTest['expected'];
  readonly cleanUp: () => void;
}

function photographs(): Photographs {
  const folder = mkdtempSync(join(tmpdir(), 'imgd-suite-'));
  for (const name of stored) place(folder, name);
  const files = stored.map((name) => ({ uri: fileUri(bytesOf(`${folder}/${name}`)), bytes: bytesOf(name) }));
  return { folder, files, cleanUp: () => rmSync(folder, { recursive: true }) };
}

/** The suite over a source of all photographs. */
function suiteOf(name: string, specify: (made: Photographs) => InputSpec): void {
  sourceSuite(name, async () => {
    const made = photographs();
    const spec = specify(made);
    return { open: () => openSource(spec), expected: made.files, cleanUp: made.cleanUp };
  });
}

suiteOf('a folder', ({ folder }) => ({ kind: 'folder', path: folder, allFiles: false }));

suiteOf('a folder given by a link', ({ folder, files }) => {
  const link = `${folder}/.link`;
  symlinkSync(folder, link);
  for (const file of files) Object.assign(file, { uri: file.uri.replace(folder, link) });
  return { kind: 'folder', path: link, allFiles: false };
});

suiteOf('a glob', ({ folder }) => ({
  kind: 'glob',
  pattern: `${folder}/**/*.{jpg,png,gif,webp,tiff,bmp}`,
  allFiles: false,
}));

suiteOf('a list between NULs', ({ folder }) => {
  const path = join(folder, 'list');
  writeFileSync(path, bytesOf(stored.map((name) => `${folder}/${name}\0`).join('')));
  return { kind: 'list', path, nul: true };
});

suiteOf('a list of addresses', ({ folder, files }) => {
  const path = join(folder, 'list');
  writeFileSync(path, files.map(({ uri }) => `${uri}\r\n\r\n`).join(''));
  return { kind: 'list', path, nul: false };
});

sourceSuite('standard input', async () => {
  const { folder, files, cleanUp } = photographs();
  const lines = bytesOf(stored.join('\0'));
  const chunks = Array.from(lines, (_, at) => lines.subarray(at, at + 1)); // a writer of single bytes
  const open = () => openSource({ kind: 'stdin', nul: true }, { stdin: Readable.from(chunks), cwd: folder });
  return { open, expected: files, cleanUp };
});

for (const kind of ['.tar', '.tar.gz', '.tgz']) {
  sourceSuite(`an archive ${kind}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'imgd-suite-'));
    const path = join(folder, `photographs #1${kind}`);
    const members = ['z.jpg', './a/ü.jpg', `${'long/'.repeat(60)}b.png`, 'empty.gif', 'line\nbreak.jpg'];
    const tar = await tarOf(members.map((name) => ({ name, content: name === 'empty.gif' ? '' : name.repeat(100) })));
    writeFileSync(path, kind === '.tar' ? tar : gzipSync(tar));
    const expected = members
      .filter((name) => name !== 'empty.gif')
      .map((name) => ({ uri: tarUri(Buffer.from(path), Buffer.from(name)), bytes: Buffer.from(name.repeat(100)) }));
    const open = () =>
      excludeSource(openSource({ kind: 'tar', path, allFiles: false }, { spoolDir: folder }), (uri) =>
        uri.endsWith('empty.gif'),
      );
    return { open, expected, cleanUp: () => rmSync(folder, { recursive: true }) };
  });
}

sourceSuite('several inputs', async () => {
  const { folder, files, cleanUp } = photographs();
  const tar = join(folder, 'b.tar');
  writeFileSync(tar, await tarOf([{ name: 'x.jpg' }, { name: 'y.jpg' }]));
  const members = ['x.jpg', 'y.jpg'].map((name) => ({
    uri: tarUri(Buffer.from(tar), Buffer.from(name)),
    bytes: Buffer.from(name),
  }));
  const specs: InputSpec[] = [
    { kind: 'file', path: `${folder}/a0.webp` },
    { kind: 'tar', path: tar, allFiles: false },
    { kind: 'folder', path: folder, allFiles: false },
  ];
  const expected = [files[4]!, ...members, ...files];
  return { open: () => openSources(specs), expected, cleanUp };
});

sourceSuite('a sample', async () => {
  const { folder, files, cleanUp } = photographs();
  const open = () =>
    sampleSource(openSource({ kind: 'folder', path: folder, allFiles: false }), { count: names.length, seed: 1 });
  const expected = [...files].sort((a, b) => Buffer.compare(Buffer.from(a.uri), Buffer.from(b.uri)));
  return { open, expected, cleanUp };
});

sourceSuite('a source with exclusions', async () => {
  const { folder, files, cleanUp } = photographs();
  const open = () =>
    excludeSource(openSource({ kind: 'folder', path: folder, allFiles: false }), (uri) => uri.endsWith('a0.webp'));
  return { open, expected: files.filter(({ uri }) => !uri.endsWith('a0.webp')), cleanUp };
});
