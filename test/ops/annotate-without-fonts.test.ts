/** Its own file, hence its own process: fontconfig reads its configuration once. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { annotate } from '../../src/ops/annotate.js';
import { defaultPipeline } from '../../src/ops/options.js';

const folder = mkdtempSync(join(tmpdir(), 'imgd-fonts-'));
writeFileSync(
  join(folder, 'fonts.conf'),
  `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig><cachedir>${folder}</cachedir></fontconfig>`,
);
process.env.FONTCONFIG_FILE = join(folder, 'fonts.conf');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const black = sharp({ create: { width: 300, height: 200, channels: 3, background: 'black' } }).png();

test('without any installed font the label is still letters, not boxes', async () => {
  // the machine looks fontless: without our file every letter is the same box
  const box = (text: string) =>
    sharp({ text: { text, font: 'DejaVu Sans Bold 20', dpi: 72 } })
      .raw()
      .toBuffer();
  const [boxI, boxW] = [await box('iiii'), await box('WWWW')];
  expect(boxI.equals(boxW)).toBe(true);

  const bytes = await black.toBuffer();
  const red = async (label: string) => {
    const { data, info } = await sharp(await annotate(bytes, label, defaultPipeline))
      .raw()
      .toBuffer({ resolveWithObject: true });
    let [count, right] = [0, 0];
    for (let k = 0; k < info.width * info.height; k++) {
      if (data[3 * k]! < 200 || data[3 * k + 1]! > 90) continue;
      count++;
      right = Math.max(right, k % info.width);
    }
    return { count, right };
  };
  const [narrow, wide] = [await red('iiii'), await red('WWWW')];
  expect(narrow.count).toBeGreaterThan(20);
  expect(wide.right - 10).toBeGreaterThan((narrow.right - 10) * 2);
});
