// All that CI runs, in the order that finds mistakes cheapest. `npm run check -- --fast` leaves the tests out.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);

const steps = [
  ['format and lint', bin('biome'), ['ci', '.']],
  ['types', bin('tsc'), ['--noEmit', '-p', '.']],
  ['import arrows', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'src']],
  ['generated: kernel', process.execPath, ['scripts/build-kernel.mjs', '--check']],
  ['generated: option table', process.execPath, ['scripts/option-table.mjs', '--check']],
  ['unused code', bin('knip'), []],
  ['package', bin('publint'), ['--strict']],
  ...(process.argv.includes('--fast') ? [] : [['tests', bin('vitest'), ['run']]]),
];

let failed = 0;
for (const [name, file, args] of steps) {
  const begin = performance.now();
  const { status } = spawnSync(file, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
