/** Pictures that are nearly pictures: sound files of five formats with seeded damage. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { root } from '../lib/places.mjs';
import { below, randomFrom } from '../lib/random.mjs';

const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff'];

/** Variants that decoders take different ways through. */
const encoders = {
  jpeg: [{ quality: 80 }, { quality: 90, progressive: true }, { quality: 70, chromaSubsampling: '4:4:4' }],
  png: [{}, { palette: true }, { progressive: true }],
  webp: [{}, { lossless: true }],
  gif: [{}, { colours: 16 }],
  tiff: [{ compression: 'lzw' }, { compression: 'jpeg' }, { compression: 'none' }],
};

async function soundFiles() {
  const samples = join(root, 'samples');
  const names = readdirSync(samples).filter((name) => /\.(jpg|png)$/.test(name) && name !== 'broken.jpg');
  const sound = [];
  for (const name of names) {
    for (const format of formats) {
      for (const [variant, options] of encoders[format].entries()) {
        const picture = sharp(join(samples, name)).resize({ width: 160 }).toFormat(format, options);
        sound.push({ name: name.replace(/\.[^.]*$/, ''), format, variant, bytes: await picture.toBuffer() });
      }
    }
  }
  return sound;
}

const damages = {
  flip(bytes, random) {
    const damaged = Buffer.from(bytes);
    for (let left = 1 + below(random, 20); left > 0; left--)
      damaged[below(random, bytes.length)] ^= 1 << below(random, 8);
    return damaged;
  },
  /** Damage where the structure is. */
  head(bytes, random) {
    const damaged = Buffer.from(bytes);
    const length = Math.min(bytes.length, 400);
    for (let left = 1 + below(random, 6); left > 0; left--) damaged[below(random, length)] = below(random, 256);
    return damaged;
  },
  cut: (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  /** A piece of another file, or of another place, in the middle. */
  splice(bytes, random, other) {
    const from = below(random, other.length);
    const piece = other.subarray(from, from + 1 + below(random, 2_000));
    const at = below(random, bytes.length);
    const skip = random() < 0.5 ? piece.length : 0;
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + skip)]);
  },
  remove(bytes, random) {
    const at = below(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(random, 500))]);
  },
};

/** Writes `count` of them; what was done stands in the name: `000123-flip-chelsea-2.png`. */
export async function writeMutated(count, into, seed) {
  mkdirSync(into, { recursive: true });
  const sound = await soundFiles();
  const random = randomFrom(seed);
  const kinds = Object.keys(damages);
  for (let i = 0; i < count; i++) {
    const { name, format, variant, bytes } = sound[below(random, sound.length)];
    const kind = kinds[below(random, kinds.length)];
    const other = sound[below(random, sound.length)].bytes;
    const file = `${String(i).padStart(6, '0')}-${kind}-${name}-${variant}.${format}`;
    writeFileSync(join(into, file), damages[kind](bytes, random, other));
  }
}
