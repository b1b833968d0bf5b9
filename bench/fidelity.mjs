/** How right: the roads against the exact one, the exact one against the reference predictions. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { imgctlRun, measure } from './lib/command.mjs';
import { accuracy, againstReference, agreement, labelsOf } from './lib/labels.mjs';
import { hasShared, sharedImages } from './lib/pictures.mjs';
import { shared } from './lib/places.mjs';
import { rounded } from './lib/statistics.mjs';

const percent = (share) => (share === null ? 'none' : `${(100 * share).toFixed(2)} %`);

async function labelsWith(work, inputs, flags) {
  const output = join(work, 'labels');
  rmSync(output, { recursive: true, force: true });
  const { wall } = await measure(imgctlRun(...inputs, '--out', output, ...flags));
  return { labels: await labelsOf(output), wall };
}

/** Every `--decode` in both precisions: agreement with exact, accuracy, speed, by road. */
export async function roads({ work, bars }) {
  const inputs = [sharedImages('mixed'), sharedImages('bench')];
  const images = inputs.reduce((sum, folder) => sum + readdirSync(folder).length, 0);
  const result = {};
  console.log(`\nroads, ${images} photographs, crop`);
  for (const precision of ['fp32', 'int8']) {
    let exact;
    for (const decode of ['exact', 'auto', 'fast']) {
      const { labels, wall } = await labelsWith(work, inputs, ['--decode', decode, '--precision', precision]);
      exact ??= labels;
      const found = agreement(labels, exact);
      const right = accuracy(labels);
      const speed = rounded(images / wall, 1);
      result[`${precision} ${decode}`] = { agreement: found, accuracy: right, imagesPerSecond: speed };
      const byRoad = Object.entries(found.roads).map(
        ([road, { images: count, share }]) => `${road} ${count}: ${percent(share)}`,
      );
      console.log(`  ${precision} ${decode.padEnd(5)} equal to exact ${percent(found.share)} (${byRoad.join(', ')})`);
      console.log(`             top-1 ${percent(right.top1)}  top-5 ${percent(right.top5)}  ${speed} img/s`);
    }
  }
  const equal = (key) => result[key].agreement.share;
  bars.add('auto, fp32, top-1 equal to exact', percent(equal('fp32 auto')), '≥ 99 %', equal('fp32 auto') >= 0.99);
  bars.add('auto, int8, top-1 equal to exact', percent(equal('int8 auto')), '≥ 97 %', equal('int8 auto') >= 0.97);
  const { top1, top5 } = result['int8 auto'].accuracy;
  // the bar is the issue's, set for kept-back samples; the reference predictions reach 87.4 and 96.8 % on these ones
  bars.add(
    'the defaults on ImageNet samples',
    `top-1 ${percent(top1)}, top-5 ${percent(top5)}`,
    '≥ 86.5 %, ≥ 97 %',
    top1 >= 0.865 && top5 >= 0.97,
  );
  return result;
}

/** The exact road without profiles and orientation, as the references were made, in all four variants. */
export async function references({ work, bars }) {
  const result = {};
  const fileOf = (set) => join(shared, 'reference', `${set}-predictions.json`);
  const sets = ['mixed', 'bench', 'samples'].filter((set) => existsSync(fileOf(set)) && hasShared(set));
  const predictions = sets.map((set) => JSON.parse(readFileSync(fileOf(set), 'utf8')));
  console.log(`\nreference predictions of ${sets.join(', ')}`);
  for (const precision of ['fp32', 'int8']) {
    for (const [fit, flag] of [
      ['stretch', 'stretch'],
      ['crop', 'crop:0.875'],
    ]) {
      const variant = `${precision}/${fit}`;
      const reference = Object.assign({}, ...predictions.map((all) => all[variant]));
      const flags = ['--decode', 'exact', '--icc', 'ignore', '--no-orient', '--fit', flag, '--precision', precision];
      const { labels } = await labelsWith(work, sets.map(sharedImages), flags);
      const found = againstReference(labels, reference, [0.005, 0.05]);
      result[variant] = found;
      const figures = `top-1 ${percent(found.top1)}, scores within 0.005 on ${percent(found.within[0.005])}`;
      // processors differ in the last bit of an int8 product, which the network carries on: the wider tolerance tells
      const wider = `within 0.05 on ${percent(found.within[0.05])}, worst ${found.worstScore}`;
      console.log(`  ${variant.padEnd(12)} ${figures}; ${wider}; ${found.images} images, ${found.missing} missing`);
      const ok = found.missing === 0 && found.top1 >= 0.998 && found.within[0.005] >= 0.99;
      bars.add(`exact against the reference, ${variant}`, figures, '≥ 99.8 %, ≥ 99 %', ok);
    }
  }
  return result;
}
