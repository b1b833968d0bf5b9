/** Damaged files, one row each: who falls, who notices nothing. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { conservation, globRows } from '../lib/outputs.mjs';
import { rounded } from '../lib/statistics.mjs';
import { watchedRun } from '../lib/watched-run.mjs';
import { writeMutated } from './mutate.mjs';

const full = 10_000;
const executors = 2;

/** In both roads: the default's decoders take other files for whole than the exact one's. */
export async function mutated({ work, scale, seed, bars }) {
  const count = Math.round(full * scale);
  const folder = join(work, 'damaged');
  await writeMutated(count, folder, seed);
  const result = { files: count, seed };
  for (const decode of ['auto', 'exact']) result[decode] = await once(decode, { work, folder, count, bars });
  rmSync(folder, { recursive: true });
  return result;
}

async function once(decode, { work, folder, count, bars }) {
  const output = join(work, 'mutated');
  const begin = performance.now();
  const args = [folder, '--out', output, '--decode', decode, '--executors', String(executors)];
  const ended = await watchedRun(args, { everyMs: 100, limitMs: 1_800_000 }).ended;
  const seconds = (performance.now() - begin) / 1000;
  const rows = await globRows(output);
  const { lost, double, phantom } = conservation(rows, count);
  rmSync(output, { recursive: true, force: true });

  const result = {
    seconds: rounded(seconds, 1),
    exitCode: ended.code,
    restarts: ended.executors - executors,
    rows: { lost, double, phantom },
    failures: countBy(
      rows.filter(({ status }) => status === 'failed'),
      ({ reason }) => reason,
    ),
    // damage may lie where no decoder looks, or be a picture too: none is not to be had, so the roads compare
    acceptedByRoad: countBy(
      rows.filter(({ status }) => status === 'predicted'),
      ({ decode_path, format }) => `${format} ${decode_path}`,
    ),
    accepted: {
      byFormat: shares(rows, ({ origin }) => origin.slice(origin.lastIndexOf('.') + 1)),
      byDamage: shares(rows, ({ origin }) => /\/\d+-([a-z]+)-/.exec(origin)[1]),
    },
  };
  const list = (counts) =>
    Object.entries(counts)
      .map(([name, number]) => `${number} ${name}`)
      .join(', ');
  console.log(`\n${count} damaged files, ${decode}: ${result.restarts} executors replaced`);
  console.log(`  failed              ${list(result.failures)}`);
  console.log(`  predicted by road   ${list(result.acceptedByRoad)}`);
  for (const [title, groups] of Object.entries(result.accepted)) {
    const texts = Object.entries(groups).map(([name, { files, predicted }]) => `${name} ${predicted} of ${files}`);
    console.log(`  predicted ${title}  ${texts.join(', ')}`);
  }
  const crashed = ended.code === 0 || ended.hung ? 0 : 1;
  const name = `mutated, ${decode}`;
  bars.add(`${name}: crashes of the parent`, `${crashed} (exit ${ended.code ?? ended.signal})`, '0', crashed === 0);
  bars.add(`${name}: hangs`, ended.hung ? '1' : '0', '0', !ended.hung);
  const whole = lost + double + phantom === 0;
  bars.add(`${name}: rows lost, double, phantom`, `${lost}, ${double}, ${phantom}`, '0, 0, 0', whole);
  if (ended.code !== 0) console.log(ended.stderr);
  return result;
}

function countBy(rows, keyOf) {
  const counts = {};
  for (const row of rows) counts[keyOf(row)] = (counts[keyOf(row)] ?? 0) + 1;
  return counts;
}

function shares(rows, keyOf) {
  const groups = {};
  for (const row of rows) {
    const key = keyOf(row);
    groups[key] ??= { files: 0, predicted: 0 };
    groups[key].files++;
    if (row.status === 'predicted') groups[key].predicted++;
  }
  return groups;
}
