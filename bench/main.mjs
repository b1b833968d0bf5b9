/**
 * Speed and agreement on this machine, beside what is promised: `npm run bench`.
 *
 *     --quick        once, on few pictures: does it work, not how fast
 *     --only NAMES   of: small, large, few, roads, references (with commas)
 *     --pairs N      paired runs of each comparison (7)
 *
 * Exit code 1 when a bar is missed. Results go to bench/results/, but for the quick form.
 */
import { parseArgs } from 'node:util';
import { references, roads } from './fidelity.mjs';
import { createBars, writeResults } from './lib/bars.mjs';
import { machineFacts } from './lib/machine.mjs';
import { hasShared } from './lib/pictures.mjs';
import { workFolder } from './lib/places.mjs';
import { findPool } from './peers.mjs';
import { fewPhotographs, largePhotographs, smallPhotographs } from './speed.mjs';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    pairs: { type: 'string', default: '7' },
  },
});
const sections = {
  small: smallPhotographs,
  large: largePhotographs,
  few: fewPhotographs,
  roads,
  references,
};
const wanted = flags.only?.split(',') ?? Object.keys(sections);
const unknown = wanted.find((name) => sections[name] === undefined);
const pairs = flags.quick ? 1 : Number(flags.pairs);
if (unknown !== undefined || !(pairs >= 1)) {
  console.error(
    unknown === undefined ? '--pairs takes a number' : `no section ${unknown}: ${Object.keys(sections).join(', ')}`,
  );
  process.exit(2);
}
if (!hasShared('bench', 'mixed')) {
  console.log(
    'The photographs that are measured are not here: put them into ../shared/images/{bench,mixed}. Nothing was measured.',
  );
  process.exit(0);
}

const facts = machineFacts();
console.log(
  `${facts.cpu}, ${facts.cores} cores, Node ${facts.node}; ${pairs} pairs each${flags.quick ? ' (quick: no measurement)' : ''}`,
);
const found = findPool();
const pool = typeof found === 'string' ? null : found;
console.log(pool === null ? `without the plain pool: ${found}` : `plain pool: ${pool.versions}`);

const bars = createBars();
const work = workFolder('bench');
const results = {};
for (const name of wanted) {
  results[name] = await sections[name]({ work, pool, pairs, repeats: pairs, quick: flags.quick, bars });
}
bars.print();
if (!flags.quick) writeResults('bench', { ...results, peer: { plainPool: pool?.versions ?? null } }, bars.list);
process.exitCode = bars.failed ? 1 : 0;
