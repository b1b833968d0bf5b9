import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { Semaphore } from '../../src/base/semaphore.js';
import { openSource } from '../../src/io/open-source.js';
import type { Entry, Location, Source } from '../../src/io/source.js';
import { fileUri } from '../../src/io/uri.js';
import { createPaceMeter, recallPace, rememberPace, slowness } from '../../src/node/measured-pace.js';
import { commonCost, pictureCost } from '../../src/node/picture-cost.js';
import { planInputs } from '../../src/node/plan-inputs.js';
import { readHeader } from '../../src/node/read-header.js';
import { compileFilter } from '../../src/ops/filter/compile.js';
import type { Header } from '../../src/ops/header.js';
import { defaultPipeline } from '../../src/ops/options.js';
import { probe } from '../../src/ops/probe.js';
import { never, samples, seededNumbers } from '../cli/look-fixture.js';
import { useTempFolders } from '../io/temp-folder.js';

const folder = useTempFolders();

const input = {
  name: null,
  type: 'uint8',
  layout: 'NHWC',
  order: 'RGB',
  height: 224,
  width: 224,
  mean: [0, 0, 0],
  scale: [1, 1, 1],
} as const;
const model = { input, fit: { kind: 'crop', ratio: 0.875 }, precision: 'int8' } as const;
const survey = { pipeline: defaultPipeline, filter: null, model };
const probing = { limits: defaultPipeline.limits, avif: true };

const locationOf = (path: string): Location => ({ path, offset: 0, length: null, version: null, root: null });

/** Pixels that no codec packs well, so that a small picture is a large file. */
function noise(width: number, height: number, seed: number) {
  const random = seededNumbers(seed);
  const data = Buffer.from(Array.from({ length: width * height * 3 }, () => Math.floor(random() * 256)));
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** An application segment of comments in front of a JPEG's own. */
function withComments(jpeg: Buffer, bytes: number): Buffer {
  const pieces = [jpeg.subarray(0, 2)];
  for (let left = bytes; left > 0; left -= 65_000) {
    const segment = Buffer.alloc(Math.min(left, 65_000) + 4, 0x20);
    segment.set([0xff, 0xfe]);
    segment.writeUInt16BE(segment.length - 2, 2);
    pieces.push(segment);
  }
  return Buffer.concat([...pieces, jpeg.subarray(2)]);
}

/** A chunk that nobody reads in front of a PNG's pixels. */
function withPrivateChunk(png: Buffer, bytes: number): Buffer {
  const headEnd = 8 + 25;
  return Buffer.concat([png.subarray(0, headEnd), pngChunk('prVt', Buffer.alloc(bytes)), png.subarray(headEnd)]);
}

function pngChunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

describe('a header read from the beginning of a large file is that of the whole', () => {
  const frame = () => noise(640, 480, 1);
  const animation = async (format: 'gif' | 'webp') => {
    const frames = await Promise.all([1, 2, 3, 4].map((seed) => noise(320, 320, seed).png().toBuffer()));
    const joined = sharp(frames, { join: { animated: true } });
    return await (format === 'gif' ? joined.gif() : joined.webp({ lossless: true })).toBuffer();
  };
  const files: readonly (readonly [name: string, make: () => Promise<Buffer>, prefixEnough: boolean])[] = [
    ['a JPEG', () => frame().jpeg({ quality: 100 }).toBuffer(), true],
    [
      'a JPEG on its side with a profile',
      () => frame().withMetadata({ orientation: 6, icc: 'p3' }).jpeg({ quality: 100 }).toBuffer(),
      true,
    ],
    [
      'a JPEG behind 100 KB of comments',
      async () => withComments(await frame().jpeg({ quality: 100 }).toBuffer(), 100_000),
      true,
    ],
    ['a JPEG behind 400 KB of comments', async () => withComments(await frame().jpeg().toBuffer(), 400_000), false],
    ['a PNG', () => frame().png().toBuffer(), true],
    ['a 16-bit PNG', () => frame().toColourspace('rgb16').png().toBuffer(), true],
    [
      'a PNG behind a private chunk of 400 KB',
      async () => withPrivateChunk(await frame().png().toBuffer(), 400_000),
      false,
    ],
    ['a WebP', () => frame().webp({ lossless: true }).toBuffer(), false],
    ['an animated WebP', () => animation('webp'), false],
    ['an animated GIF', () => animation('gif'), false],
    ['a TIFF', () => frame().tiff({ compression: 'none' }).toBuffer(), false],
    ['a CMYK TIFF', () => frame().toColourspace('cmyk').tiff({ compression: 'none' }).toBuffer(), false],
    ['an AVIF', () => frame().avif({ quality: 100, effort: 0 }).toBuffer(), false],
  ];
  test.each(files)('%s', async (_, make, prefixEnough) => {
    const bytes = await make();
    expect(bytes.length).toBeGreaterThan(256 * 1024);
    const path = join(await folder(), 'picture');
    await writeFile(path, bytes);
    const options = { ...probing, budget: new Semaphore(2 ** 28) };
    const { header, read } = await readHeader(locationOf(path), bytes.length, options, never);
    const whole = (await probe(bytes, probing)) as Header;
    // only the end of a file tells whether it is whole
    expect(header).toEqual({ ...whole, wholeJpeg: whole.wholeJpeg && !prefixEnough });
    if (prefixEnough) expect(read).toBeLessThanOrEqual((64 + 256) * 1024);
    expect(read).toBeLessThanOrEqual(bytes.length + (64 + 256) * 1024);
  });

  test('a JPEG cut in its header is truncated, not taken for one whose beginning was read', async () => {
    const bytes = withComments(await frame().jpeg().toBuffer(), 400_000).subarray(0, 300_000);
    const path = join(await folder(), 'cut.jpg');
    await writeFile(path, bytes);
    const options = { ...probing, budget: new Semaphore(2 ** 28) };
    const { header } = await readHeader(locationOf(path), bytes.length, options, never);
    expect(header).toMatchObject({ code: 'truncated' });
  });
});

describe('the survey', () => {
  test('counts formats, sizes, odd files, failures and what was ignored', async () => {
    const place = await folder();
    const put = (name: string, bytes: Buffer | string) => writeFile(join(place, name), bytes);
    const base = () => noise(60, 40, 2);
    await put('a.jpg', await base().jpeg().toBuffer());
    await put('b-cmyk.jpg', await base().toColourspace('cmyk').jpeg().toBuffer());
    await put('c-deep.png', await base().toColourspace('rgb16').png().toBuffer());
    await put('d-turned.jpg', await base().withMetadata({ orientation: 6 }).jpeg().toBuffer());
    await put('e-alpha.png', await base().ensureAlpha().png().toBuffer());
    await put('f-text.jpg', 'not a picture at all');
    await put('g-empty.jpg', '');
    await put('h-large.png', bombHeader());
    await put('notes.txt', 'ignored');
    const source = openSource({ kind: 'folder', path: place, allFiles: false });
    const seen: number[] = [];
    const found = await planInputs(source, { ...survey, onInput: (accepted) => seen.push(accepted) }, never);
    expect(found).toMatchObject({ accepted: 8, ignored: 1, kept: 5 });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...found.formats].map(([name, { count }]) => [name, count])).toEqual([
      ['jpeg', 3],
      ['png', 2],
    ]);
    expect([found.pixels.min, found.pixels.max, found.pixels.sum]).toEqual([2400, 2400, 5 * 2400]);
    const uri = (name: string) => fileUri(Buffer.from(join(place, name)));
    expect(Object.fromEntries(found.odd)).toMatchObject({
      cmyk: { count: 1, examples: [uri('b-cmyk.jpg')] },
      deep: { count: 1, examples: [uri('c-deep.png')] },
      rotated: { count: 1, examples: [uri('d-turned.jpg')] },
      alpha: { count: 1, examples: [uri('e-alpha.png')] },
    });
    expect([...found.failures].map(([code, { count }]) => [code, count])).toEqual([
      ['unsupported_format', 1],
      ['empty', 1],
      ['too_many_pixels', 1],
    ]);
  });

  test('applies the filter to what the headers say, by clause', async () => {
    const source = openSource({ kind: 'folder', path: samples, allFiles: false });
    const pipeline = { ...defaultPipeline, filter: 'nChannels > 2 AND height < 600' };
    const found = await planInputs(source, { ...survey, pipeline, filter: compileFilter(pipeline.filter) }, never);
    expect([...found.dropped.keys()].sort()).toEqual(['height < 600', 'nChannels > 2']);
    const dropped = [...found.dropped.values()].reduce((sum, { count }) => sum + count, 0);
    const failed = [...found.failures.values()].reduce((sum, { count }) => sum + count, 0);
    expect(found.accepted).toBe(found.kept + dropped + failed);
    expect(found.dropped.get('nChannels > 2')!.count).toBe(2);
  });

  test('refuses by size before anything is read', async () => {
    const place = await folder();
    await writeFile(join(place, 'a.jpg'), Buffer.alloc(5000));
    const pipeline = { ...defaultPipeline, limits: { ...defaultPipeline.limits, bytes: 4000 } };
    const source = openSource({ kind: 'folder', path: place, allFiles: false });
    const found = await planInputs(source, { ...survey, pipeline }, never);
    expect(found.failures.get('too_large')).toMatchObject({
      count: 1,
      message: 'It has 5,000 bytes; the limit is 4,000.',
    });
    expect(found.bytesRead).toBe(0);
  });

  test('has sixteen files in hand at most, and results in the order of the listing', async () => {
    const place = await folder();
    await mkdir(join(place, 'in'));
    await writeFile(join(place, 'in', 'a.jpg'), await readFile(join(samples, 'china.jpg')));
    let inHand = 0;
    let most = 0;
    const entries: Entry[] = Array.from({ length: 200 }, (_, index) => ({
      uri: `file:///${index}`,
      size: 1,
      version: null,
    }));
    const source: Source = {
      ignored: 3,
      async *list() {
        for (const entry of entries) yield { entry, cursor: entry.uri };
      },
      async locate(entry) {
        inHand += 1;
        most = Math.max(most, inHand);
        await new Promise((resolve) => setImmediate(resolve));
        inHand -= 1;
        const code = Number(entry.uri.slice(8)) % 2 === 0 ? 'not_found' : 'permission_denied';
        return { code, message: 'as the test wants it' };
      },
      async close() {},
    };
    const found = await planInputs(source, survey, never);
    expect(most).toBe(16);
    expect(found.accepted).toBe(200);
    expect(found.failures.get('permission_denied')).toMatchObject({
      count: 100,
      examples: ['file:///1', 'file:///3', 'file:///5'],
    });
  });

  test('ends with the signal, and with what the listing throws', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const source = () => openSource({ kind: 'folder', path: samples, allFiles: false });
    await expect(planInputs(source(), survey, stop.signal)).rejects.toThrow('enough');
    const away = openSource({ kind: 'folder', path: join(await folder(), 'none'), allFiles: false });
    await expect(planInputs(away, survey, never)).rejects.toMatchObject({ code: 'not_found' });
  });
});

/** A PNG whose header, sound in itself, says 60,000 × 60,000. */
function bombHeader(): Buffer {
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  const size = Buffer.from('0000ea600000ea600802000000', 'hex');
  return Buffer.concat([
    signature,
    pngChunk('IHDR', size),
    pngChunk('IDAT', deflateSync(Buffer.alloc(1000))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('what it costs', () => {
  const header = (megapixels: number, changes: Partial<Header> = {}): Header => ({
    format: 'jpeg',
    storedWidth: Math.round(Math.sqrt(megapixels * 1e6)),
    storedHeight: Math.round(Math.sqrt(megapixels * 1e6)),
    bands: 3,
    hasAlpha: false,
    depth: 8,
    space: 'srgb',
    orientation: 1,
    profile: 'none',
    frames: 1,
    progressive: false,
    wholeJpeg: true,
    bytes: 0,
    ...changes,
  });

  test('grows with pixels, exactness and precision, and less where a JPEG is loaded smaller', () => {
    const cost = (one: Header, decode: 'auto' | 'exact' = 'auto', precision = 'int8') =>
      pictureCost(one, { ...defaultPipeline, decode }, { ...model, precision });
    expect(cost(header(0.2))).toBeLessThan(cost(header(12)));
    expect(cost(header(12))).toBeLessThan(cost(header(12), 'exact'));
    expect(cost(header(12))).toBeLessThan(cost(header(12, { progressive: true })));
    expect(cost(header(0.2))).toBeLessThan(cost(header(0.2), 'auto', 'fp32'));
    expect(cost(header(1))).toBeLessThan(cost(header(1, { format: 'png' })));
  });

  test('is corrected by the pace of the last run, which is remembered if it was long enough', async () => {
    const environment = { XDG_CACHE_HOME: join(await folder(), 'cache') };
    expect(await recallPace(environment)).toBeUndefined();
    const meter = createPaceMeter();
    const row = { status: 'predicted', height: 400, width: 500 } as const;
    const run = { model: 'efficientnet-lite0', precision: 'int8', executors: 2 };
    meter.add(Array.from({ length: 199 }, () => row));
    expect(meter.pace({ ...run, seconds: 1 })).toBeNull();
    meter.add([row, { status: 'failed', height: null, width: null }]);
    const usual = commonCost(200_000, model);
    const pace = meter.pace({ ...run, seconds: (3 * usual * 200) / 2000 })!;
    expect(slowness(pace, model)).toBeCloseTo(3, 5);
    await rememberPace(pace, environment);
    expect(await recallPace(environment)).toEqual(pace);
  });

  test('a pace that is damaged, or a cache that can’t be written, is none', async () => {
    const place = await folder();
    await mkdir(join(place, 'imgd'));
    await writeFile(join(place, 'imgd', 'pace.json'), '{"msPerImage": -1');
    expect(await recallPace({ XDG_CACHE_HOME: place })).toBeUndefined();
    await writeFile(join(place, 'file'), '');
    const pace = { model: 'a', precision: 'int8', msPerImage: 5, pixelsPerImage: 1 };
    await rememberPace(pace, { XDG_CACHE_HOME: join(place, 'file') });
    expect(await recallPace({ XDG_CACHE_HOME: join(place, 'file') })).toBeUndefined();
  });
});
