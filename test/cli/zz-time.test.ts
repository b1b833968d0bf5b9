import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { test } from 'vitest';
test('t', async () => {
  sharp.concurrency(1); sharp.cache(false);
  for (const [f, w] of [['chelsea.png', 451], ['astronaut.png', 512], ['china.jpg', 640]] as const) {
    const b = readFileSync('samples/' + f);
    const m = await sharp(b).metadata(); const mp = m.width * m.height / 1e6;
    const big = await sharp(b).resize(3000, 2000, { fit: 'fill' }).raw().toBuffer();
    for (const fmt of ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const) {
      let enc: Buffer; let q = mp;
      if (fmt === 'avif' && f !== 'china.jpg') continue;
      if (f === 'china.jpg') { enc = await sharp(big, { raw: { width: 3000, height: 2000, channels: 3 } }).toFormat(fmt, fmt === 'avif' ? { effort: 0 } : {}).toBuffer(); q = 6; }
      else enc = await sharp(b).toFormat(fmt).toBuffer();
      const t = performance.now(); const n = q > 1 ? 2 : 10;
      for (let i = 0; i < n; i++) await sharp(enc).raw().toBuffer();
      console.log(f, fmt, q.toFixed(2), 'MP', ((performance.now() - t) / n / q).toFixed(1), 'ms/MP');
    }
  }
}, 100000);
