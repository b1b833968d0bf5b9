/** How fast: whole commands against the plain pool and against a bare loop of the same parts. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imgctlRun, measure } from './lib/command.mjs';
import { agreement, labelsOf } from './lib/labels.mjs';
import { comparePairs } from './lib/pairs.mjs';
import { copySet, enlarge, sharedImages, warmCache } from './lib/pictures.mjs';
import { modelFile } from './lib/places.mjs';
import { rounded, spread } from './lib/statistics.mjs';
import { poolCommand } from './peers.mjs';

const bareLoop = fileURLToPath(new URL('./bare-loop.mjs', import.meta.url));

/** Makes sides whose outputs are new each time and don't fill the disk. */
function sides(work, folder, pool) {
  const fresh = (name) => {
    const out = join(work, 'outputs', name);
    rmSync(out, { recursive: true, force: true });
    mkdirSync(join(work, 'outputs'), { recursive: true });
    return out;
  };
  return {
    ours: (name, ...flags) => ({ name, command: () => imgctlRun(folder, '--out', fresh(name), ...flags) }),
    pool: () => ({ name: 'plain pool', command: () => poolCommand(pool, folder, fresh('pool')) }),
    loop: () => ({
      name: 'bare loop',
      command: () => [process.execPath, bareLoop, folder, modelFile('int8'), fresh('loop.jsonl')],
    }),
  };
}

/** Photographs of 0.2 MP: the default and the exact road against the pool, the whole command against the bare loop. */
export async function smallPhotographs({ work, pool, pairs, quick, bars }) {
  const folder = join(work, 'small');
  const images = copySet('bench', quick ? 1 : 8, folder);
  warmCache(folder);
  const { ours, pool: theirs, loop } = sides(work, folder, pool);
  const options = { pairs, images };
  const result = {};
  await measure(ours('warm-up', '--fit', 'stretch').command()); // libraries and model into the page cache
  const fast = ours('imgctl', '--fit', 'stretch');
  const exact = ours('imgctl exact', '--fit', 'stretch', '--decode', 'exact');
  const told = (ok) => (quick ? null : ok);

  let loopValid = null;
  if (pool !== null) {
    result.default = await comparePairs('default int8 stretch : plain pool', fast, theirs(), options);
    bars.add('default against the plain pool', result.default.median, '≥ 1.15', told(result.default.median >= 1.15));
    result.exact = await comparePairs('exact int8 stretch : plain pool', exact, theirs(), options);
    bars.add('exact against the plain pool', result.exact.median, '≥ 0.85', told(result.exact.median >= 0.85));
    result.loopOverPool = await comparePairs('bare loop : plain pool', loop(), theirs(), options);
    loopValid = result.loopOverPool.median >= 1.2;
  }
  result.loop = await comparePairs('default int8 stretch : bare loop', fast, loop(), options);
  const validity =
    loopValid === null
      ? 'the loop itself was not compared with the pool'
      : `the loop is ${result.loopOverPool.median} × the pool: ${loopValid ? 'valid' : 'not valid here'}`;
  console.log(`  ${validity}`);
  const passes = loopValid === true ? told(result.loop.median >= 0.92) : null;
  bars.add('whole command against the bare loop', `${result.loop.median}; ${validity}`, '≥ 0.92', passes);
  rmSync(folder, { recursive: true });
  return result;
}

/** JPEGs of 12 megapixels: the default road against the pool, and what scaled loading does to the labels. */
export async function largePhotographs({ work, pool, pairs, quick, bars }) {
  const folder = join(work, 'large');
  const images = await enlarge(quick ? 8 : 48, folder);
  warmCache(folder);
  const { ours, pool: theirs } = sides(work, folder, pool);
  const result = {};
  if (pool !== null) {
    const fast = ours('imgctl', '--fit', 'stretch');
    result.default = await comparePairs('12 MP, default : plain pool', fast, theirs(), { pairs, images });
    const passes = quick ? null : result.default.median >= 3;
    bars.add('12 MP against the plain pool', result.default.median, '≥ 3', passes);
  }
  for (const fit of ['crop:0.875', 'stretch']) {
    const labels = {};
    for (const decode of ['exact', 'auto']) {
      const side = ours(`large-${decode}`, '--decode', decode, '--precision', 'fp32', '--fit', fit);
      await measure(side.command());
      labels[decode] = await labelsOf(join(work, 'outputs', `large-${decode}`));
    }
    const found = agreement(labels.auto, labels.exact);
    result[`fp32 ${fit}`] = found;
    bars.add(
      `12 MP, fp32 ${fit}, top-1 equal to exact`,
      `${found.equal} of ${found.images}`,
      '≥ 99 %',
      found.share >= 0.99,
    );
  }
  rmSync(folder, { recursive: true });
  return result;
}

/** A few photographs: how long until the process has ended, and until the first row is there. */
export async function fewPhotographs({ work, repeats, quick, bars }) {
  const folder = sharedImages('mixed');
  warmCache(folder);
  const { ours } = sides(work, folder, null);
  const whole = [];
  const first = [];
  await measure(ours('warm-up').command());
  for (let i = 0; i < repeats; i++) {
    whole.push((await measure(ours('few').command())).wall);
    const streamed = imgctlRun(folder, '--format', 'jsonl', '--out', '-');
    first.push((await measure(streamed)).first);
  }
  const seconds = (values) => values.map((value) => rounded(value));
  const [exit, row] = [spread(whole).median, spread(first).median];
  console.log(
    `\n75 photographs\n  start to exit  ${seconds(whole).join('  ')}\n  first row      ${seconds(first).join('  ')}`,
  );
  bars.add('75 photographs, start to exit', `${rounded(exit)} s`, '≤ 1.5 s', quick ? null : exit <= 1.5);
  bars.add('75 photographs, first row', `${rounded(row)} s`, '≤ 0.8 s', quick ? null : row <= 0.8);
  return { startToExit: seconds(whole), firstRow: seconds(first) };
}
