import { measure } from './command.mjs';
import { rounded, spread } from './statistics.mjs';

/**
 * Two commands in turn, `pairs` times, each first as often as the other: a machine that drifts drifts for both. The ratio
 * is the speed of `ours` over that of `theirs`. `command(i)` makes the i-th command, so that each can have its own output.
 */
export async function comparePairs(title, ours, theirs, { pairs, images }) {
  const ratios = [];
  const times = { [ours.name]: [], [theirs.name]: [] };
  const processor = { [ours.name]: [], [theirs.name]: [] };
  for (let pair = 0; pair < pairs; pair++) {
    const order = pair % 2 === 0 ? [ours, theirs] : [theirs, ours];
    for (const side of order) {
      const { wall, cpu } = await measure(side.command(pair));
      times[side.name].push(wall);
      processor[side.name].push(cpu);
    }
    ratios.push(times[theirs.name][pair] / times[ours.name][pair]);
  }
  const side = ({ name }) => ({
    name,
    seconds: times[name].map((value) => rounded(value)),
    cpuSeconds: processor[name].map((value) => rounded(value, 2)),
    imagesPerSecond: rounded(images / spread(times[name]).median, 1),
  });
  const { min, median, max } = spread(ratios);
  const result = { title, images, ratios: ratios.map((value) => rounded(value)), min, median, max };
  for (const key of ['min', 'median', 'max']) result[key] = rounded(result[key]);
  result.sides = [side(ours), side(theirs)];
  console.log(`\n${title}`);
  console.log(`  ratios  ${result.ratios.join('  ')}   min ${result.min}  median ${result.median}  max ${result.max}`);
  for (const { name, seconds, cpuSeconds, imagesPerSecond } of result.sides) {
    console.log(
      `  ${name.padEnd(14)} ${imagesPerSecond} img/s   wall ${seconds.join(' ')}   cpu ${cpuSeconds.join(' ')}`,
    );
  }
  return result;
}
