import type { JobState } from './job-state.js';

/**
 * When the driver has to send a `tick`, on the clock of the events' `now`; null while only other events can change
 * anything. Ask again after each step.
 */
export function nextTick(job: JobState): number | null {
  if (job.phase.kind === 'ended') return null;
  const times: number[] = [];
  const waiting = job.waiting.find((part) => part.status === 'waiting');
  if (waiting !== undefined) times.push(waiting.due);
  if (job.paused !== null) times.push(job.paused.since + job.options.sourceGraceMs);
  if (job.counts.pending > 0) {
    for (const node of job.nodes.values()) {
      if (node.live && node.excludedUntil > job.now) times.push(node.excludedUntil);
    }
  }
  return times.length === 0 ? null : Math.min(...times);
}
