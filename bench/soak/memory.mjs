/** Many photographs in one run: does the memory of the whole process tree grow, and how far. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createProgressReader } from '../lib/outputs.mjs';
import { manyPhotographs } from '../lib/pictures.mjs';
import { proportionalBytes } from '../lib/processes.mjs';
import { rounded, slope } from '../lib/statistics.mjs';
import { watchedRun } from '../lib/watched-run.mjs';

const full = 20_000;
const megabyte = 1e6;

export async function memory({ work, scale, bars }) {
  const count = Math.round(full * scale);
  const settled = Math.min(2_000, count / 4);
  const folder = join(work, 'photographs');
  await manyPhotographs(count, folder);
  const output = join(work, 'memory');
  const done = createProgressReader(output);
  const samples = [];
  const look = (pids) => {
    const bytes = proportionalBytes(pids);
    if (bytes !== null) samples.push([done(), bytes / megabyte]);
  };
  const run = watchedRun([folder, '--out', output, '--executors', '2'], { everyMs: 500, limitMs: 3_600_000, look });
  const begin = performance.now();
  const { code, hung, stderr } = await run.ended;
  const seconds = (performance.now() - begin) / 1000;
  if (code !== 0) throw new Error(`the run ended with ${hung ? 'nothing: it hung' : code}\n${stderr}`);
  const rows = done();
  rmSync(folder, { recursive: true });
  rmSync(output, { recursive: true });

  const later = samples.filter(([images]) => images >= settled);
  const peak = Math.max(...samples.map(([, size]) => size));
  const result = {
    images: rows,
    seconds: rounded(seconds, 1),
    imagesPerSecond: rounded(rows / seconds, 1),
    samples: samples.length,
    peakMB: rounded(peak, 1),
    mbPerThousand: later.length < 2 ? null : rounded(1000 * slope(later)),
    curve: thinned(samples, 40).map(([images, size]) => [images, rounded(size, 1)]),
  };
  const judged = samples.length > 0 && scale === 1;
  bars.add('memory: rows', `${rows} of ${count}`, 'all', rows === count);
  bars.add(
    'memory: growth per 1,000 images',
    `${result.mbPerThousand} MB`,
    '< 1 MB',
    judged ? result.mbPerThousand < 1 : null,
  );
  bars.add(
    'memory: peak of the whole tree',
    `${result.peakMB} MB`,
    '≤ 700 MB',
    samples.length > 0 ? peak <= 700 : null,
  );
  return result;
}

const thinned = (points, most) => {
  const step = Math.max(1, points.length / most);
  return Array.from({ length: Math.min(most, points.length) }, (_, i) => points[Math.floor(i * step)]);
};
