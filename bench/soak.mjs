/**
 * The long bars: `npm run soak`.
 *
 *     --only NAMES   of: memory, mutated, kills (with commas)
 *     --scale SHARE  a part of it (0.01 to 1): does it work; nothing is written
 *     --seed N       another damage, other moments (1)
 *
 * Exit code 1 when a bar is missed. Results go to bench/results/.
 */
import { parseArgs } from 'node:util';
import { createBars, writeResults } from './lib/bars.mjs';
import { workFolder } from './lib/places.mjs';
import { kills } from './soak/kills.mjs';
import { memory } from './soak/memory.mjs';
import { mutated } from './soak/mutated.mjs';

const sections = { memory, mutated, kills };
const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    scale: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
});
const wanted = flags.only?.split(',') ?? Object.keys(sections);
const scale = Number(flags.scale);
const seed = Number(flags.seed);
const unknown = wanted.find((name) => sections[name] === undefined);
if (unknown !== undefined || !(scale > 0 && scale <= 1) || !Number.isSafeInteger(seed)) {
  console.error(
    unknown === undefined
      ? '--scale takes a share, --seed a whole number'
      : `no section ${unknown}: ${Object.keys(sections).join(', ')}`,
  );
  process.exit(2);
}

const bars = createBars();
const work = workFolder('soak');
const results = {};
for (const name of wanted) {
  console.log(`${name} …`);
  results[name] = await sections[name]({ work, scale, seed, bars });
}
bars.print();
if (scale === 1) writeResults('soak', results, bars.list);
process.exitCode = bars.failed ? 1 : 0;
