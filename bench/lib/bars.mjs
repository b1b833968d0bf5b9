/** What is promised beside what was measured; the results as a file. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineFacts } from './machine.mjs';
import { root } from './places.mjs';

export function createBars() {
  const bars = [];
  return {
    /** `ok` null: this machine or this form of the measurement can't tell. */
    add(name, figure, bar, ok) {
      bars.push({ name, figure, bar, ok });
    },
    list: bars,
    print() {
      const widest = Math.max(...bars.map(({ name }) => name.length), 0);
      console.log('');
      for (const { name, figure, bar, ok } of bars) {
        const verdict = ok === null ? 'n/a ' : ok ? 'ok  ' : 'FAIL';
        console.log(`${verdict} ${name.padEnd(widest)}  ${figure}   (bar: ${bar})`);
      }
    },
    get failed() {
      return bars.some(({ ok }) => ok === false);
    },
  };
}

/** Writes or completes `bench/results/<kind>-<date>.json`; sections of the same day that weren't measured now stay. */
export function writeResults(kind, sections, bars) {
  const date = new Date().toISOString().slice(0, 10);
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${kind}-${date}.json`);
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const measured = new Set(bars.map(({ name }) => name));
  const kept = (before.bars ?? []).filter(({ name }) => !measured.has(name));
  const results = {
    date,
    machine: machineFacts(),
    bars: [...kept, ...bars],
    sections: { ...before.sections, ...sections },
  };
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
  console.log(`\nwritten: bench/results/${kind}-${date}.json`);
}
