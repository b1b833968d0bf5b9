/** SIGKILL at random moments, then the same command again. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { conservation, globRows } from '../lib/outputs.mjs';
import { manyPhotographs } from '../lib/pictures.mjs';
import { isAlive, treeOf } from '../lib/processes.mjs';
import { randomFrom } from '../lib/random.mjs';
import { rounded } from '../lib/statistics.mjs';
import { killGroup, watchedRun } from '../lib/watched-run.mjs';

const full = 20;
const count = 2_000;
const firstMs = 200;
const lastMs = 2_500;

export async function kills({ work, scale, seed, bars }) {
  const rounds = Math.max(2, Math.round(full * scale));
  const folder = join(work, 'killed-photographs');
  await manyPhotographs(count, folder);
  const random = randomFrom(seed);
  const moments = [];
  const sums = { lost: 0, double: 0, phantom: 0, remade: 0, orphans: 0, left: 0 };
  let outputs = 0;
  let output = join(work, `killed-${outputs}`);
  let before = [];

  const check = async (complete) => {
    const rows = await globRows(output);
    const { lost, double, phantom } = conservation(rows, count);
    const attempts = new Map(rows.map(({ index, attempt }) => [index, attempt]));
    sums.double += double;
    sums.phantom += phantom;
    sums.remade += before.filter(({ index, attempt }) => attempts.get(index) !== attempt).length;
    if (complete) {
      sums.lost += lost;
      sums.left += readdirSync(join(output, '_tmp')).length;
    }
    before = rows;
  };

  for (let round = 0; round < rounds; round++) {
    const moment = firstMs + random() * (lastMs - firstMs);
    const alone = round % 4 === 3; // as the system's out-of-memory killer does it: the parent, not its children
    const run = watchedRun([folder, '--out', output], { limitMs: 300_000 });
    await Promise.race([sleep(moment), run.ended]);
    const tree = treeOf(run.pid);
    if (alone) process.kill(run.pid, 'SIGKILL');
    else killGroup(run.pid);
    await run.ended;
    sums.orphans += await survivors(tree);
    const complete = existsSync(join(output, '_SUCCESS'));
    await check(complete);
    moments.push({ ms: rounded(moment, 0), parentAlone: alone, rows: before.length });
    if (complete) {
      rmSync(output, { recursive: true });
      output = join(work, `killed-${++outputs}`);
      before = [];
    }
  }
  const last = await watchedRun([folder, '--out', output], { limitMs: 600_000 }).ended;
  await check(true);
  rmSync(folder, { recursive: true });

  bars.add(
    'kills: rows lost',
    `${sums.lost} after ${rounds} kills, exit ${last.code}`,
    '0',
    sums.lost === 0 && last.code === 0,
  );
  bars.add('kills: rows double, phantom', `${sums.double}, ${sums.phantom}`, '0, 0', sums.double + sums.phantom === 0);
  bars.add('kills: committed rows made again', String(sums.remade), '0', sums.remade === 0);
  bars.add('kills: temporary files left', String(sums.left), '0', sums.left === 0);
  bars.add('kills: executors that outlive their parent by 5 s', String(sums.orphans), '0', sums.orphans === 0);
  return { rounds, seed, images: count, ...sums, moments };
}

/** How many of the processes are still there after a while. */
async function survivors(pids) {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const alive = pids.filter(isAlive).length;
    if (alive === 0 || performance.now() > deadline) return alive;
    await sleep(50);
  }
}
