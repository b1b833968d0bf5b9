import { readFileSync } from 'node:fs';
import type { RowContent } from '../ops/failed-row.js';
import type { StageTimes } from './executor-messages.js';

/** Sums where an executor's processor time goes. */
export interface StageClock {
  add(row: Pick<RowContent, 'resize_ms' | 'predict_ms'>): void;
  /** Since the last lap. */
  lap(): StageTimes;
}

/**
 * Rows hold wall times, and the thread that resizes and predicts shares its core with the decoders: its wall times count
 * only by the share of the time that it really ran. What the other threads used is decoding. Without /proc wall times stand.
 */
export function createStageClock(): StageClock {
  let since = performance.now();
  let processCpu = cpuMs();
  let threadCpu = mainThreadMs();
  let resize = 0;
  let predict = 0;
  return {
    add(row) {
      resize += row.resize_ms ?? 0;
      predict += row.predict_ms ?? 0;
    },
    lap() {
      const now = { since: performance.now(), processCpu: cpuMs(), threadCpu: mainThreadMs() };
      const whole = now.processCpu - processCpu;
      const main = now.threadCpu === null || threadCpu === null ? null : now.threadCpu - threadCpu;
      const ran = main === null ? 1 : Math.min(1, main / Math.max(1, now.since - since));
      const decode = Math.max(0, whole - (main ?? resize + predict));
      const times = { decode, resize: resize * ran, predict: predict * ran };
      ({ since, processCpu, threadCpu } = now);
      resize = 0;
      predict = 0;
      return times;
    },
  };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Linux tells a thread's time on a processor in nanoseconds; the main thread's id is the process's. */
function mainThreadMs(): number | null {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6;
  } catch {
    return null;
  }
}
