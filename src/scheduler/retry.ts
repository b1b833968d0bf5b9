/** Limits and delays of repeated attempts. */
import type { Job } from './job-state.js';
import type { SchedulerOptions } from './scheduler-options.js';

/** Counted attempts that one node may make at one part while `usable` nodes take part in the job. */
export function attemptsPerNode(options: SchedulerOptions, usable: number): number {
  return Math.max(1, Math.ceil(options.attempts / Math.max(1, usable)));
}

/** Milliseconds before the retry after the n-th failure (from 1): doubled each time, capped, then 50 to 100 % of it. */
export function backoff(job: Job, failures: number): number {
  const full = Math.min(job.options.backoffCapMs, job.options.backoffMs * 2 ** (failures - 1));
  return full * (0.5 + nextRandom(job) / 2);
}

/** In [0, 1). Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, ample for a jitter. */
function nextRandom(job: Job): number {
  job.random = (job.random + 0x6d2b79f5) | 0;
  let mixed = Math.imul(job.random ^ (job.random >>> 15), 1 | job.random);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
