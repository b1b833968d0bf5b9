/**
 * Where a part that isn't running stands. A part that is committed while it stands in a list stays there and is passed
 * over by its status, so no list is ever searched.
 */
import type { Job, PartRecord, PartStatus } from './job-state.js';

export function setStatus(job: Job, part: PartRecord, status: PartStatus): void {
  job.counts[part.status]--;
  job.counts[status]++;
  part.status = status;
}

/** A part that may run again at once. */
export function putBack(job: Job, part: PartRecord): void {
  setStatus(job, part, 'pending');
  job.retries.push(part);
}

/** A part that may run again at `due`. */
export function putOff(job: Job, part: PartRecord, due: number): void {
  setStatus(job, part, 'waiting');
  part.due = due;
  const later = job.waiting.findIndex((other) => other.due > due);
  job.waiting.splice(later < 0 ? job.waiting.length : later, 0, part);
}

/** Waiting parts whose time has come may run. */
export function releaseDue(job: Job): void {
  for (let first = job.waiting[0]; first !== undefined && first.due <= job.now; first = job.waiting[0]) {
    job.waiting.shift();
    if (first.status === 'waiting') putBack(job, first);
  }
}

/** The next never dispatched part, taken out. */
export function takeFresh(job: Job): PartRecord | undefined {
  while (job.freshHead < job.fresh.length) {
    const part = job.fresh[job.freshHead++];
    if (job.freshHead > 1024 && job.freshHead * 2 > job.fresh.length) {
      job.fresh = job.fresh.slice(job.freshHead);
      job.freshHead = 0;
    }
    if (part?.status === 'pending') return part;
  }
  return undefined;
}
