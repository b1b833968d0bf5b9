/** The end of attempts, good and bad. */
import type { FailureClass } from '../base/errors.js';
import type { Effect } from './effect.js';
import type { Attempt, Job } from './job-state.js';
import { countFailedPart, usableNodes } from './nodes.js';
import { putBack, putOff } from './part-queue.js';
import { attemptKey } from './placement.js';
import { attemptsPerNode, backoff } from './retry.js';

/** Takes the attempt out and frees its slot. Undefined if it was out before, or never was: a late or repeated message. */
export function takeAttempt(job: Job, part: number, number: number): Attempt | undefined {
  const key = attemptKey(part, number);
  const attempt = job.attempts.get(key);
  if (attempt === undefined) return undefined;
  job.attempts.delete(key);
  const node = job.nodes.get(attempt.node);
  if (node !== undefined) node.running--;
  return attempt;
}

/** Tells attempts to stop; what they still do doesn't count against anybody. */
export function cancelAttempts(
  job: Job,
  effects: Effect[],
  reason: string,
  which: (attempt: Attempt) => boolean,
): void {
  for (const attempt of job.attempts.values()) {
    if (attempt.cancelled || !which(attempt)) continue;
    attempt.cancelled = true;
    const { node, number } = attempt;
    effects.push({ type: 'cancel_attempt', part: attempt.part.ref.number, attempt: number, node, reason });
  }
}

const hasLiveAttempt = (job: Job, attempt: Attempt) =>
  [...job.attempts.values()].some((other) => other.part === attempt.part && !other.cancelled);

/** Puts the part of an attempt that is over back, uncounted. */
export function returnPart(job: Job, attempt: Attempt): void {
  if (attempt.part.status === 'running' && !hasLiveAttempt(job, attempt)) putBack(job, attempt.part);
}

/**
 * Counts a failure and puts the part off. Returns why the job fails if that was the part's last attempt.
 * `blameNode`: whether the failure counts towards the node's exclusion.
 */
export function failAttempt(
  job: Job,
  attempt: Attempt,
  failure: { readonly class: FailureClass; readonly message: string },
  blameNode: boolean,
): string | undefined {
  const { part } = attempt;
  if (attempt.cancelled || part.status !== 'running') return undefined;
  part.failures++;
  const here = (part.failuresOn.get(attempt.node) ?? 0) + 1;
  part.failuresOn.set(attempt.node, here);
  // a part's first failure, if transient, is nobody's fault yet: the same node tries once more where the limit allows it
  const limit = attemptsPerNode(job.options, usableNodes(job).length);
  part.stay = failure.class === 'transient' && part.failures === 1 && here < limit ? attempt.node : null;
  const node = job.nodes.get(attempt.node);
  if (node !== undefined && blameNode && part.stay === null) countFailedPart(job, node, part.ref.number);
  if (part.failures >= job.options.attempts) {
    const { number, first, count } = part.ref;
    return `part ${number} (inputs ${first} to ${first + count - 1}) failed ${part.failures} times, last on ${attempt.node}: ${failure.message}`;
  }
  if (!hasLiveAttempt(job, attempt)) putOff(job, part, job.now + backoff(job, part.failures));
  return undefined;
}
