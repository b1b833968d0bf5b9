import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import sharp from 'sharp';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { fileUri, tarUri } from '../../src/io/uri.js';
import { makeThumbnails } from '../../src/node/report-page-thumbnails.js';
import { defaultPipeline } from '../../src/ops/options.js';
import type { Row } from '../../src/ops/row.js';
import { never, originalOf, samples } from '../cli/look-fixture.js';
import { failedRow, filteredRow, plainRow } from '../io/sample-rows.js';
import { useTempFolders } from '../io/temp-folder.js';

const folder = useTempFolders();
const options = { pipeline: defaultPipeline, budget: 1_000_000 };

const thumbnailsOf = async (rows: readonly Row[], changes: Partial<typeof options> = {}) =>
  [...(await makeThumbnails(rows, { ...options, ...changes }, never)).entries()].sort(([one], [two]) => one - two);

const decoded = async (data: string) =>
  await sharp(Buffer.from(data.slice(data.indexOf(',') + 1), 'base64')).metadata();

describe('thumbnails', () => {
  test('are WebP of 160 pixels at most, for predicted and filtered rows', async () => {
    const original = await originalOf(join(samples, 'china.jpg'));
    const made = await thumbnailsOf([plainRow(3, original), { ...filteredRow(5), ...original }]);
    expect(made.map(([index]) => index)).toEqual([3, 5]);
    const [, first] = made[0]!;
    if (first.kind !== 'picture') throw new Error(first.message);
    expect(first).toMatchObject({ width: 160, height: 107 });
    expect(first.data).toMatch(/^data:image\/webp;base64,/);
    expect(await decoded(first.data)).toMatchObject({ format: 'webp', width: 160, height: 107 });
  });

  test('of failed rows are never made: their bytes may harm a decoder', async () => {
    expect(await thumbnailsOf([{ ...failedRow(0), ...(await originalOf(join(samples, 'china.jpg'))) }])).toEqual([]);
  });

  test('say why there is none: gone, changed, never read, elsewhere', async () => {
    const place = join(await folder(), 'a.jpg');
    await copyFile(join(samples, 'rocket.jpg'), place);
    const original = await originalOf(place);
    const made = await thumbnailsOf([
      plainRow(0, { ...original, sha256: '0'.repeat(64) }),
      plainRow(1, { ...original, sha256: null }),
      plainRow(2, { ...original, origin: 's3://bucket/a.jpg' }),
      plainRow(3, { ...original, origin: fileUri(Buffer.from(`${place}.gone`)) }),
    ]);
    expect(made.map(([, thumbnail]) => ('message' in thumbnail ? thumbnail.message : 'picture'))).toEqual([
      'The original has been changed since.',
      'Its bytes were never read.',
      'Its origin is not a file of this machine.',
      'There is no file of this name.',
    ]);
  });

  test('come from the members of an archive, and tell which are gone', async () => {
    const archive = join(await folder(), 'photos.tar');
    const tar = pack();
    const inside = await originalOf(join(samples, 'rocket.jpg'));
    tar.entry({ name: 'x/rocket.jpg' }, await readSample('rocket.jpg'));
    tar.entry({ name: 'x/flower.jpg' }, await readSample('flower.jpg'));
    tar.finalize();
    await writeFile(archive, Readable.from(tar));
    const member = (name: string) => tarUri(Buffer.from(archive), Buffer.from(name));
    const rows = [
      plainRow(0, { ...(await originalOf(join(samples, 'flower.jpg'))), origin: member('x/flower.jpg') }),
      plainRow(1, { ...inside, origin: member('x/rocket.jpg') }),
      plainRow(2, { ...inside, origin: member('x/none.jpg') }),
    ];
    const made = await thumbnailsOf(rows);
    expect(made.map(([, thumbnail]) => thumbnail.kind)).toEqual(['picture', 'picture', 'missing']);
    await rm(archive);
    expect((await thumbnailsOf(rows)).map(([, thumbnail]) => thumbnail.kind)).toEqual([
      'missing',
      'missing',
      'missing',
    ]);
  });

  test('of a BMP and of a picture on its side are upright', async () => {
    const place = await folder();
    const bmp = join(place, 'a.bmp');
    await writeFile(bmp, bitmap(40, 20));
    const turned = join(place, 'turned.jpg');
    await sharp(join(samples, 'china.jpg')).withMetadata({ orientation: 6 }).toFile(turned);
    const made = await thumbnailsOf([plainRow(0, await originalOf(bmp)), plainRow(1, await originalOf(turned))]);
    expect(made.map(([, thumbnail]) => thumbnail)).toMatchObject([
      { kind: 'picture', width: 40, height: 20 },
      { kind: 'picture', width: 107, height: 160 },
    ]);
  });

  test('that would make the page too large are left out', async () => {
    const row = plainRow(0, await originalOf(join(samples, 'china.jpg')));
    expect(await thumbnailsOf([row], { budget: 500 })).toEqual([
      [0, { kind: 'missing', message: 'left out, the page would grow too large' }],
    ]);
  });

  test('stop when the signal is aborted', async () => {
    const stop = new AbortController();
    const original = await originalOf(join(samples, 'china.jpg'));
    const rows = Array.from({ length: 20 }, (_, index) => plainRow(index, original));
    let last = 0;
    const onDone = (done: number) => {
      last = done;
      if (done === 3) stop.abort(new Error('enough'));
    };
    await expect(makeThumbnails(rows, { ...options, onDone }, stop.signal)).rejects.toThrow('enough');
    expect(last).toBeLessThan(20);
  });
});

const readSample = (name: string): Promise<Buffer> => readFile(join(samples, name));

/** A 24-bit bitmap without compression. */
function bitmap(width: number, height: number): Buffer {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + stride * height, 0x80);
  bytes.write('BM', 0);
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(0, 6);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  bytes.fill(0, 30, 54);
  return bytes;
}
