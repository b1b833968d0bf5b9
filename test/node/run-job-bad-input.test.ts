/** One job over everything that is wrong with files in the world: a row each, the rest predicted, nothing crashes. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRows } from '../../src/io/read-output.js';
import { failureCodes, type Row } from '../../src/ops/row.js';
import { run, startRun } from '../fixtures/command.js';
import { blackPng, jpegHeader, orientation, profileSegments, repeatWebp, splice } from '../ops/probe-parts.js';

const sample = (name: string) => join(import.meta.dirname, '../../samples', name);
const cuts = 25;

type Seen = Pick<Row, 'index' | 'origin' | 'status' | 'reason' | 'message' | 'decode_path' | 'label' | 'format'>;
const columns = ['index', 'origin', 'status', 'reason', 'message', 'decode_path', 'label', 'format'] as const;

let folder: string;
let rows: Map<string, Seen>;
let names: string[];
let ended: Awaited<ReturnType<typeof run>>;

/** Bytes by file name, each with the code that its row must have; null: predicted. */
async function contents(): Promise<Map<string, [Buffer, string | null]>> {
  const photo = sharp(sample('china.jpg')).resize(160, 107);
  const jpeg = await photo.clone().jpeg().toBuffer();
  const png = await photo.clone().png().toBuffer();
  const webp = await photo.clone().webp().toBuffer();
  const gif = await photo.clone().gif().toBuffer();
  const tiff = await photo.clone().tiff().toBuffer();
  const blank = { width: 2048, height: 2048, channels: 3, background: 'black' } as const;
  const frame = await sharp({ create: blank }).webp({ lossless: true }).toBuffer();
  const noise = Buffer.from(Array.from({ length: 4_000 }, (_, i) => (i * 7_919 + (i >> 3)) & 255));
  const files = new Map<string, [Buffer, string | null]>([
    ['empty.jpg', [Buffer.alloc(0), 'empty']],
    ['one-byte.png', [Buffer.from([0x89]), 'unsupported_format']],
    ['random.jpg', [noise, 'unsupported_format']],
    ['text.jpg', [Buffer.from('Dear reader,\nI am no photograph.\n'), 'unsupported_format']],
    ['drawing.png', [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'unsupported_format']],
    ['paper.jpg', [Buffer.from('%PDF-1.7\n%âãÏÓ\n'), 'unsupported_format']],
    ['huge-header.jpg', [jpegHeader(60_000, 60_000), 'too_many_pixels']],
    ['bomb.png', [await blackPng(16_383, 16_383, 16_383), 'too_many_pixels']],
    ['bomb.webp', [repeatWebp(frame, 2048, 2048, 400), 'too_many_frames']],
    ['wrong-extension.png', [jpeg, null]],
    ['loop-exif.jpg', [splice(jpeg, loopingExif()), null]],
    ['invalid-icc.jpg', [splice(jpeg, ...profileSegments(Buffer.alloc(900, 0x5a))), null]],
    ['good.jpg', [jpeg, null]],
    ['good.png', [png, null]],
    ['good.webp', [webp, null]],
    ['good.gif', [gif, null]],
    ['good.tiff', [tiff, null]],
  ]);
  for (const [format, bytes] of Object.entries({ jpeg, png, webp, gif, tiff })) {
    for (let cut = 1; cut <= cuts; cut++) {
      const length = Math.floor((bytes.length * cut) / (cuts + 1));
      files.set(`cut-${String(cut).padStart(2, '0')}.${format}`, [bytes.subarray(0, length), 'cut']);
    }
  }
  return files;
}

/** An EXIF block whose second directory is its first again. */
function loopingExif(): Buffer {
  const block = Buffer.from(orientation(1));
  const tiffStart = block.indexOf('Exif\0\0', 0, 'latin1') + 6;
  const little = block.toString('latin1', tiffStart, tiffStart + 2) === 'II';
  const directory = little ? block.readUInt32LE(tiffStart + 4) : block.readUInt32BE(tiffStart + 4);
  const next = tiffStart + directory + 2 + 12;
  if (little) block.writeUInt32LE(directory, next);
  else block.writeUInt32BE(directory, next);
  return block;
}

let expected: Map<string, string | null>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imgd-bad-'));
  const inputs = join(folder, 'inputs');
  await mkdir(inputs);
  const files = await contents();
  for (const [name, [bytes]] of files) await writeFile(join(inputs, name), bytes);
  expected = new Map([...files].map(([name, [, code]]) => [name, code]));

  await writeFile(join(inputs, 'too-large.jpg'), '');
  await truncate(join(inputs, 'too-large.jpg'), 300 * 2 ** 20); // a hole: no disk is used
  expected.set('too-large.jpg', 'too_large');
  await mkdir(join(inputs, 'folder.jpg'));
  expected.set('folder.jpg', 'not_a_file');
  execFileSync('mkfifo', [join(inputs, 'pipe.jpg')]);
  expected.set('pipe.jpg', 'not_a_file');
  await symlink('/dev/zero', join(inputs, 'device.jpg'));
  expected.set('device.jpg', 'not_a_file');
  await symlink(join(inputs, 'nowhere'), join(inputs, 'dangling.jpg'));
  expected.set('dangling.jpg', 'not_found');
  await symlink('circle.jpg', join(inputs, 'circle.jpg'));
  expected.set('circle.jpg', 'invalid_path');
  expected.set('missing.jpg', 'not_found');
  expected.set(`${'n'.repeat(300)}.jpg`, 'invalid_path');
  expected.set(`${'d/'.repeat(2_200)}deep.jpg`, 'invalid_path');

  names = [...expected.keys()];
  await writeFile(join(folder, 'list.txt'), names.map((name) => `${join(inputs, name)}\n`).join(''));
  const output = join(folder, 'output');
  ended = await run(`@${join(folder, 'list.txt')}`, '--out', output, '--max-failed', '100%');
  rows = new Map();
  for await (const row of readRows(output, { columns })) rows.set(names[row.index]!, row);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const isSentence = (message: string | null) =>
  message !== null && /^[A-Z].*[.:]/s.test(message) && !/undefined|\[object|vips|at .*\.js:/i.test(message);

describe('a job over bad inputs', () => {
  it('succeeds with a row for each', () => {
    expect(ended).toMatchObject({ code: 0 });
    expect([...rows.keys()]).toEqual(names);
    expect(ended.stderr).toContain(`${names.length} accepted = `);
  });

  it('each has the code that fits, none of the good ones suffers', () => {
    const wanted = [...expected].filter(([, code]) => code !== 'cut');
    const found = wanted.map(([name]) => [name, rows.get(name)!.reason ?? null]);
    expect(found).toEqual(wanted);
    for (const [name, code] of wanted)
      expect([name, rows.get(name)!.status]).toEqual([name, code === null ? 'predicted' : 'failed']);
  });

  it.each(['jpeg', 'png', 'webp', 'gif', 'tiff'])(
    'a %s cut at any of 25 places: failed, never half a picture',
    (format) => {
      const cut = [...rows].filter(([name]) => name.startsWith('cut-') && name.endsWith(`.${format}`));
      expect(cut).toHaveLength(cuts);
      expect(cut.filter(([, { status }]) => status !== 'failed').map(([name]) => name)).toEqual([]);
      const codes = new Set(cut.map(([, { reason }]) => reason));
      expect([...codes].filter((code) => !['truncated', 'corrupt', 'unsupported_format'].includes(code!))).toEqual([]);
    },
  );

  it('every failure has a code of the closed list and a sentence for people', () => {
    const failed = [...rows].filter(([, { status }]) => status === 'failed');
    expect(failed.filter(([, { reason }]) => !(failureCodes as readonly (string | null)[]).includes(reason))).toEqual(
      [],
    );
    expect(
      failed.filter(([, { message }]) => !isSentence(message)).map(([name, { message }]) => [name, message]),
    ).toEqual([]);
  });

  it('what is refused on its header was never decoded', () => {
    const refused = ['huge-header.jpg', 'bomb.png', 'bomb.webp', 'too-large.jpg'];
    expect(refused.map((name) => rows.get(name)!.decode_path)).toEqual(refused.map(() => null));
  });
});

describe('links and names in a folder', () => {
  it('a link out of the folder and a dotfile are passed over, a link inside is followed', async () => {
    const inputs = join(folder, 'links');
    await mkdir(inputs);
    await writeFile(join(folder, 'outside.jpg'), 'secret');
    await symlink(join(folder, 'outside.jpg'), join(inputs, 'escape.jpg'));
    await symlink(join(inputs, 'inside.png'), join(inputs, 'link.png'));
    await sharp(sample('china.jpg')).resize(64).png().toFile(join(inputs, 'inside.png'));
    await writeFile(join(inputs, '.hidden.jpg'), 'not asked for');
    const output = join(folder, 'links-output');
    expect(await run(inputs, '--out', output, '-q')).toMatchObject({ code: 0 });
    const found: [string, string][] = [];
    for await (const row of readRows(output, { columns }))
      found.push([row.origin.split('/').at(-1)!, row.reason ?? row.status]);
    expect(found).toEqual([
      ['inside.png', 'predicted'],
      ['link.png', 'predicted'],
    ]);
  });

  it('a file that this user may not read: permission_denied, the others predicted', async (test) => {
    const inputs = join(folder, 'denied');
    await mkdir(inputs, { mode: 0o755 });
    await chmod(folder, 0o755);
    for (const name of ['closed.png', 'open.png'])
      await sharp(sample('china.jpg')).resize(64).png().toFile(join(inputs, name));
    await chmod(join(inputs, 'closed.png'), 0o000);
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    const args = [inputs, '--format', 'jsonl', '--out', '-', '-q'];
    const { code, stdout, stderr } = await startRun(args, uid === undefined ? {} : { uid }).ended;
    if (/Cannot find module|EACCES.*imgctl\.js/.test(stderr))
      return test.skip('another user may not read this checkout');
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Seen);
    expect(found.map(({ status, reason }) => reason ?? status)).toEqual(['permission_denied', 'predicted']);
    expect(code).toBe(0);
  });
});
