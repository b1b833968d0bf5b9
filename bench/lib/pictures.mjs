/** The photographs that are measured, as files of their own below a temporary folder. */
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { root, shared } from './places.mjs';
import { below, randomFrom } from './random.mjs';

export const sharedImages = (set) => join(shared, 'images', set);
export const hasShared = (...sets) => sets.every((set) => existsSync(sharedImages(set)));

/** Every picture of `set` under `copies` names, each a file of its own. Returns how many there are. */
export function copySet(set, copies, into) {
  mkdirSync(into, { recursive: true });
  const names = readdirSync(sharedImages(set)).filter((name) => /\.jpe?g$/i.test(name));
  for (const name of names) {
    for (let copy = 0; copy < copies; copy++)
      copyFileSync(join(sharedImages(set), name), join(into, `${copy}-${name}`));
  }
  return names.length * copies;
}

/** Reads every file once: what is measured then is not the disk. */
export function warmCache(folder) {
  for (const name of readdirSync(folder)) readFileSync(join(folder, name));
}

/** `count` pictures of the bench set, enlarged to 12 megapixels, 2 to 3 MB each. */
export async function enlarge(count, into) {
  mkdirSync(into, { recursive: true });
  const names = readdirSync(sharedImages('bench')).sort();
  const step = Math.floor(names.length / count);
  for (let i = 0; i < count; i++) {
    const name = names[i * step];
    const picture = sharp(join(sharedImages('bench'), name)).resize(4000, 3000, { fit: 'fill', kernel: 'cubic' });
    writeFileSync(join(into, name.replace(/\.[^.]*$/, '.jpg')), await picture.jpeg({ quality: 90 }).toBuffer());
  }
  return count;
}

/**
 * `count` names of ordinary photographs below one folder, hard links to a few hundred files. Where the bench set is
 * absent, they are cut from the samples, by chance but repeatably.
 */
export async function manyPhotographs(count, into, seed = 1) {
  const originals = `${into}-originals`;
  mkdirSync(originals, { recursive: true });
  mkdirSync(into, { recursive: true });
  if (hasShared('bench')) {
    for (const name of readdirSync(sharedImages('bench')))
      copyFileSync(join(sharedImages('bench'), name), join(originals, name));
  } else await cutSamples(200, originals, seed);
  const names = readdirSync(originals).sort();
  for (let i = 0; i < count; i++) {
    const name = names[i % names.length];
    linkSync(join(originals, name), join(into, `${String(i).padStart(6, '0')}-${name}`));
  }
}

async function cutSamples(count, into, seed) {
  const random = randomFrom(seed);
  const samples = join(root, 'samples');
  const names = readdirSync(samples).filter((name) => /\.(jpg|png)$/.test(name) && name !== 'broken.jpg');
  for (let i = 0; i < count; i++) {
    const picture = sharp(join(samples, names[below(random, names.length)]));
    const { width, height } = await picture.metadata();
    const share = 0.4 + 0.6 * random();
    const box = { width: Math.floor(width * share), height: Math.floor(height * share) };
    const place = { left: below(random, width - box.width + 1), top: below(random, height - box.height + 1) };
    const cut = picture.extract({ ...box, ...place }).resize(500, 375, { fit: 'fill' });
    writeFileSync(join(into, `cut-${String(i).padStart(4, '0')}.jpg`), await cut.jpeg({ quality: 88 }).toBuffer());
  }
}
