import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createStageClock } from '../../src/node/stage-clock.js';

/** Holds this thread for so many milliseconds of its own processor time, and says how many of the wall's that took. */
function busy(ms: number): number {
  const begin = performance.now();
  const start = process.cpuUsage();
  while (process.cpuUsage(start).user / 1000 < ms) createHash('sha256').update('x'.repeat(1000)).digest();
  return performance.now() - begin;
}

describe('stage clock', () => {
  it('work on the main thread: its own stages get it, decoding nearly nothing', () => {
    const clock = createStageClock();
    const predict_ms = busy(120);
    clock.add({ resize_ms: null, predict_ms });
    const times = clock.lap();
    expect(times.predict).toBeGreaterThan(60);
    expect(times.predict).toBeLessThanOrEqual(predict_ms);
    expect(times.resize).toBe(0);
    expect(times.decode).toBeLessThan(times.predict);
  });

  it('a lap begins where the last one ended', () => {
    const clock = createStageClock();
    clock.add({ resize_ms: 5, predict_ms: 7 });
    clock.lap();
    expect(clock.lap()).toMatchObject({ resize: 0, predict: 0 });
  });
});
