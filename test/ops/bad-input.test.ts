import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../src/ops/decode.js';
import { planDecode } from '../../src/ops/decode-plan.js';
import { defaultPipeline, type PipelineOptions } from '../../src/ops/options.js';
import { probe } from '../../src/ops/probe.js';
import type { Raster } from '../../src/ops/raster.js';
import { type Failure, failureCodes, isFailure } from '../../src/ops/row.js';
import { iccProfile } from './icc-make.js';
import {
  blackPng,
  bmpHeader,
  jpegHeader,
  litter,
  profileSegments,
  repeatGif,
  repeatWebp,
  splice,
} from './probe-parts.js';

const china = sharp(join(import.meta.dirname, '../../samples/china.jpg')).resize(160, 107);
const target = { width: 224, height: 224 };

async function read(bytes: Buffer, options: Partial<PipelineOptions> = {}): Promise<Raster | Failure> {
  const all = { ...defaultPipeline, ...options };
  const header = await probe(bytes, all);
  if (isFailure(header)) return header;
  return decode(bytes, header, planDecode(header, { ...all, fit: { kind: 'stretch' }, target }), all);
}

const isSentence = (message: string) => /^[A-Z].*\.$/s.test(message) && !/vips|sharp|napi|undefined/i.test(message);

async function refused(bytes: Buffer, code: string, options: Partial<PipelineOptions> = {}): Promise<void> {
  const failure = (await read(bytes, options)) as Failure;
  expect(failure).toMatchObject({ code });
  expect(failure.message).toSatisfy(isSentence);
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('what is no picture', () => {
  it.each([
    ['an empty file', Buffer.alloc(0), 'empty'],
    ['one byte', Buffer.from([0xff]), 'unsupported_format'],
    ['three bytes of a JPEG', Buffer.from([0xff, 0xd8, 0xff]), 'truncated'],
    ['eight bytes of a PNG', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'truncated'],
    ['random bytes', Buffer.from(Array.from({ length: 5000 }, random(3)).map((v) => v * 256)), 'unsupported_format'],
    ['text named .jpg', Buffer.from('Dear photograph,\nyou are text.\n'), 'unsupported_format'],
    [
      'an SVG drawing',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      'unsupported_format',
    ],
    ['a PDF', Buffer.from('%PDF-1.4\n1 0 obj'), 'unsupported_format'],
    ['a BMP without pixels', bmpHeader(10, 10), 'truncated'],
  ])('%s', async (_, bytes, code) => {
    await refused(bytes, code);
  });

  it('the message says what it is', async () => {
    const failure = (await read(Buffer.from('<svg/>'))) as Failure;
    expect(failure.message).toContain('an SVG drawing');
  });
});

describe.each([
  ['JPEG', () => china.clone().jpeg()],
  ['progressive JPEG', () => china.clone().jpeg({ progressive: true })],
  ['PNG', () => china.clone().png()],
  ['interlaced PNG', () => china.clone().png({ progressive: true })],
  ['WebP', () => china.clone().webp()],
  ['lossless WebP', () => china.clone().webp({ lossless: true })],
  ['GIF', () => china.clone().gif()],
  ['TIFF', () => china.clone().tiff({ compression: 'none' })],
  ['LZW TIFF', () => china.clone().tiff({ compression: 'lzw' })],
  ['JPEG TIFF', () => china.clone().tiff({ compression: 'jpeg' })],
])('a %s cut short', (_, make) => {
  it.each(['auto', 'exact', 'fast'] as const)('at 25 places is truncated (decode %s)', async (mode) => {
    const bytes = await make().toBuffer();
    for (let cut = 1; cut <= 25; cut++) {
      await refused(bytes.subarray(0, Math.floor((bytes.length * cut) / 26)), 'truncated', { decode: mode });
    }
  });
});

describe('files whose end is missing though the first frame is there', () => {
  it.each([
    ['an animated GIF', async () => repeatGif(await china.clone().gif().toBuffer(), 20)],
    ['a PNG without its last chunk', async () => (await china.clone().png().toBuffer()).subarray(0, -4)],
    [
      'a TIFF whose profile is cut',
      async () => china.clone().withIccProfile('srgb').tiff({ compression: 'lzw' }).toBuffer(),
    ],
  ])('%s is truncated', async (_, make) => {
    const bytes = await make();
    await refused(bytes.subarray(0, bytes.length - 9), 'truncated');
  });
});

describe('bombs are refused on the header', () => {
  let bombs: Record<string, readonly [Buffer, string]>;
  beforeAll(async () => {
    const blank = sharp({ create: { width: 500, height: 500, channels: 3, background: 'white' } });
    const frame = await blank.clone().webp({ lossless: true }).toBuffer();
    bombs = {
      'a PNG header of 60,000 × 60,000': [await blackPng(60_000, 60_000, 1), 'too_many_pixels'],
      'a JPEG header of 60,000 × 60,000': [jpegHeader(60_000, 60_000), 'too_many_pixels'],
      'a BMP header of 60,000 × 60,000': [bmpHeader(60_000, 60_000), 'too_many_pixels'],
      'a BMP header of 2^31 - 1 each': [bmpHeader(2 ** 31 - 1, 2 ** 31 - 1, 1), 'too_many_pixels'],
      'a PNG of 16,383 × 16,383, whole': [await blackPng(16_383, 16_383, 16_383), 'too_many_pixels'],
      'a PNG of 1 × 100,000': [await blackPng(1, 100_000, 100_000), 'too_many_pixels'],
      'a PNG that ends behind its size': [(await blackPng(60_000, 60_000, 1)).subarray(0, 33), 'too_many_pixels'],
      'a JPEG that ends behind its size': [jpegHeader(60_000, 60_000).subarray(0, 24), 'too_many_pixels'],
      'a WebP of 400 blank frames': [repeatWebp(frame, 500, 500, 400), 'too_many_frames'],
      'a GIF of 10,001 frames': [
        repeatGif(await blank.clone().resize(4, 4).gif().toBuffer(), 10_001),
        'too_many_frames',
      ],
    };
    await read(bombs['a GIF of 10,001 frames']![0]); // libvips is loaded
  });

  it('each within 10 ms, with the right code', async () => {
    expect(bombs['a PNG of 16,383 × 16,383, whole']![0].length).toBeLessThan(300_000);
    for (const [name, [bytes, code]] of Object.entries(bombs)) {
      const times: number[] = [];
      for (let run = 0; run < 5; run++) {
        const begin = performance.now();
        await refused(bytes, code);
        times.push(performance.now() - begin);
      }
      expect(Math.min(...times), name).toBeLessThan(10);
    }
  });

  it('real animations pass: the first frame of 400, and of 10,000 small ones', async () => {
    const gif = await china.clone().gif().toBuffer();
    const first = (await read(gif)) as Raster;
    const many = (await read(repeatGif(gif, 400))) as Raster;
    expect(many.provenance.frames).toBe(400);
    expect(Buffer.from(many.data).equals(first.data)).toBe(true);
    const small = await sharp({ create: { width: 10, height: 10, channels: 3, background: 'red' } })
      .gif()
      .toBuffer();
    expect(await read(repeatGif(small, 10_000))).toMatchObject({ width: 10, height: 10 });
  });
});

describe('what is odd but readable', () => {
  it('a profile of garbage changes nothing', async () => {
    const jpeg = await china.clone().jpeg().toBuffer();
    const plain = (await read(jpeg, { decode: 'exact' })) as Raster;
    for (const icc of [Buffer.from('no profile at all'), iccProfile({ curve: 'srgb' }).fill(0xff, 140)]) {
      const odd = (await read(splice(jpeg, ...profileSegments(icc)), { decode: 'exact' })) as Raster;
      expect(Buffer.from(odd.data).equals(plain.data)).toBe(true);
    }
  });

  it('bytes behind a JPEG’s end, and garbage between its segments, are passed over', async () => {
    const jpeg = await china.clone().jpeg().toBuffer();
    expect(isFailure(await read(Buffer.concat([jpeg, Buffer.from('<html>')])))).toBe(false);
    expect(isFailure(await read(litter(jpeg)))).toBe(false);
  });
});

describe('mutated files', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'tiff'] as const)(
    '%s: each gives a picture or a failure with a code',
    async (format) => {
      const whole = await china.clone().resize(64, 48).toFormat(format).toBuffer();
      const next = random(whole.length);
      for (let file = 0; file < 80; file++) {
        const bytes = Buffer.from(whole);
        for (let flip = 0; flip < 1 + file / 4; flip++)
          bytes[Math.floor(next() * bytes.length)]! ^= 1 << Math.floor(next() * 8);
        for (const mode of ['auto', 'exact'] as const) {
          const result = await read(bytes, { decode: mode });
          if (isFailure(result)) expect(failureCodes).toContain(result.code);
          else expect(result.data.length).toBe(result.width * result.height * 3);
        }
      }
    },
  );
});
