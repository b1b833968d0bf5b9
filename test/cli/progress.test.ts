import { describe, expect, test } from 'vitest';
import { createProgress, type ProgressState, progressLine } from '../../src/cli/progress.js';

const state: ProgressState = {
  accepted: 3_400,
  listed: true,
  done: 1_240,
  filtered: 12,
  failed: 3,
  bytesDone: 300_000_000,
  bytesTotal: 760_000_000,
  elapsedMs: 3_196,
};

describe('the line', () => {
  test('counts, share, speed, time left, filtered and failed', () => {
    expect(progressLine(state, 200)).toBe(
      '1,240 of 3,400  36 %  388 img/s  ETA 5 s (weighted by pixels)  12 filtered  3 failed',
    );
  });

  test('while listing goes on has an open total and guesses nothing', () => {
    const line = progressLine({ ...state, listed: false, filtered: 0, failed: 0 }, 200);
    expect(line).toBe('1,240 of 3,400+  388 img/s');
  });

  test('drops the least important where the terminal is narrow, and always fits', () => {
    expect(progressLine(state, 70)).toBe('1,240 of 3,400  36 %  388 img/s  ETA 5 s  12 filtered  3 failed');
    expect(progressLine(state, 60)).toBe('1,240 of 3,400  388 img/s  ETA 5 s  12 filtered  3 failed');
    expect(progressLine(state, 50)).toBe('1,240 of 3,400  388 img/s  ETA 5 s  3 failed');
    expect(progressLine(state, 30)).toBe('1,240 of 3,400  ETA 5 s');
    expect(progressLine(state, 16)).toBe('1,240 of 3,400');
    for (let columns = 0; columns < 100; columns++)
      expect(progressLine(state, columns).length).toBeLessThanOrEqual(columns);
  });

  test('judges the time left by size, not by count: large pictures at the end are seen coming', () => {
    const half = { ...state, accepted: 100, done: 50, elapsedMs: 10_000, bytesDone: 10, bytesTotal: 100 };
    expect(progressLine(half, 200)).toContain('ETA 1 min 30 s (weighted by pixels)');
  });

  test('judges by count where sizes are unknown or contradict themselves, and says nothing of weights', () => {
    const half = { ...state, accepted: 100, done: 50, elapsedMs: 10_000 };
    expect(progressLine({ ...half, bytesTotal: null }, 200)).toMatch(/ETA 10 s {2}12/);
    expect(progressLine({ ...half, bytesDone: 900, bytesTotal: 100 }, 200)).toMatch(/ETA 10 s {2}12/);
  });

  test('of a resumed run measures this run alone', () => {
    const resumed = { ...state, accepted: 1_000, done: 600, elapsedMs: 10_000, bytesDone: 600, bytesTotal: 1_000 };
    const line = progressLine({ ...resumed, resumed: { done: 500, bytes: 500 } }, 200);
    expect(line).toBe('600 of 1,000  60 %  10 img/s  ETA 40 s (weighted by pixels)  12 filtered  3 failed');
  });

  test('at the very beginning and at the end has nothing to foretell', () => {
    const begin = { ...state, done: 0, filtered: 0, failed: 0, bytesDone: 0, elapsedMs: 0 };
    expect(progressLine(begin, 200)).toBe('0 of 3,400  0 %');
    expect(progressLine({ ...begin, accepted: 0, listed: false }, 200)).toBe('0 of 0+');
    expect(progressLine({ ...state, done: 3_400, filtered: 0, failed: 0 }, 200)).toBe(
      '3,400 of 3,400  100 %  1,064 img/s',
    );
    expect(progressLine({ ...state, done: 3_399 }, 200)).toContain('99 %');
  });

  test('shows slow speeds with a decimal and long times in hours', () => {
    const slow = { ...state, done: 10, accepted: 100_000, elapsedMs: 4_000, bytesTotal: null };
    expect(progressLine(slow, 200)).toContain('2.5 img/s  ETA 11 h 6 min');
  });
});

describe('on a terminal', () => {
  const terminal = (mode: 'auto' | 'plain' | 'none', isTTY = true, environment: NodeJS.ProcessEnv = {}) => {
    const written: string[] = [];
    let time = 1_000_000;
    const stream = { isTTY, columns: 80, write: (text: string) => written.push(text) };
    const progress = createProgress(stream, { mode, now: () => time, environment });
    return { written, progress, wait: (ms: number) => (time += ms) };
  };
  const erase = '\r\u001b[2K';

  test('it is redrawn at most ten times a second and leaves no trace', () => {
    const { written, progress, wait } = terminal('auto');
    for (let k = 0; k < 1_000; k++) {
      progress.update({ ...state, done: k });
      wait(1);
    }
    expect(written.length).toBe(10);
    expect(
      written.every((text) => text.startsWith(erase) && !text.includes('\n') && text.length < 80 + erase.length),
    ).toBe(true);
    progress.done();
    progress.done();
    progress.update(state);
    expect(written.slice(10)).toEqual([erase]);
  });

  test('a note stands above the line', () => {
    const { written, progress } = terminal('auto');
    progress.note('before');
    progress.update(state);
    const line = written[1]!.slice(erase.length);
    progress.note('a folder could not be read');
    expect(written).toEqual(['before\n', `${erase}${line}`, `${erase}a folder could not be read\n${line}`]);
  });

  test('elsewhere and on a dumb terminal it is silent, but notes are written', () => {
    for (const it of [terminal('auto', false), terminal('none'), terminal('auto', true, { TERM: 'dumb' })]) {
      it.progress.update(state);
      it.wait(60_000);
      it.progress.update(state);
      it.progress.note('said');
      it.progress.done();
      expect(it.written).toEqual(['said\n']);
    }
  });

  test('plain: a line every ten seconds, anywhere', () => {
    const { written, progress, wait } = terminal('plain', false);
    for (let k = 0; k < 300; k++) {
      progress.update(state);
      wait(100);
    }
    progress.done();
    expect(written).toEqual([1, 2].map(() => `${progressLine(state, 200)}\n`));
  });
});
