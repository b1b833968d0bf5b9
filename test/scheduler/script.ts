/** Tests as stories: one line says what happens, the lines below it what the scheduler does about it. */
import type { Effect } from '../../src/scheduler/effect.js';
import type { JobEvent } from '../../src/scheduler/job-event.js';
import { createJob, type JobState } from '../../src/scheduler/job-state.js';
import { defaultScheduler, type SchedulerOptions } from '../../src/scheduler/scheduler-options.js';
import { step } from '../../src/scheduler/step.js';

export const describeEffect = (effect: Effect): string => {
  switch (effect.type) {
    case 'dispatch':
      return `run ${effect.part.number}/${effect.attempt} on ${effect.node}`;
    case 'cancel_attempt':
      return `stop ${effect.part}/${effect.attempt} on ${effect.node}: ${effect.reason}`;
    case 'want_more':
      return `plan ${effect.parts} more`;
    case 'end':
      return `${effect.outcome}: ${effect.message}`;
  }
};

/** Longer than any backoff. */
export const aWhile = 15_000;

/** A job with 100 inputs in each part. Each method tells one event and returns what the scheduler does, as text. */
export function story(options: Partial<SchedulerOptions> = {}) {
  let job: JobState = createJob({ ...defaultScheduler, ...options }, 7);
  let now = 0;
  const tell = (event: JobEvent, wantMore = false): string[] => {
    const result = step(job, event);
    job = result.job;
    return result.effects.filter((effect) => wantMore || effect.type !== 'want_more').map(describeEffect);
  };
  const attempt = (id: string) => {
    const [part, number] = id.split('/').map(Number);
    const running = job.attempts.get(id);
    return { part: part!, attempt: number!, node: running?.node ?? 'unknown', now };
  };
  return {
    get job() {
      return job;
    },
    get now() {
      return now;
    },
    tell,
    joins: (node: string, slots = 1) => tell({ type: 'node_joined', node, slots, now }),
    leaves: (node: string) => tell({ type: 'node_left', node, now }),
    plans: (number: number) =>
      tell({ type: 'part_planned', part: { number, first: (number - 1) * 100, count: 100, cost: 1 }, now }),
    planEnds: (parts: number, accepted = parts * 100) => tell({ type: 'plan_ended', parts, accepted, now }),
    commits: (id: string) => tell({ type: 'part_committed', ...attempt(id) }),
    isFound: (part: number) => tell({ type: 'part_committed', part, attempt: null, node: null, now }),
    fails: (id: string, kind: 'node' | 'transient' | 'fatal' = 'node', message = 'it broke') =>
      tell({ type: 'attempt_failed', ...attempt(id), class: kind, message }),
    handsBack: (id: string) => tell({ type: 'handed_back', ...attempt(id) }),
    sourceAway: (message: string) => tell({ type: 'source_away', message, now }),
    sourceBack: () => tell({ type: 'source_back', now }),
    cancel: () => tell({ type: 'cancel', now }),
    /** Time passes. */
    after: (ms: number) => {
      now += ms;
      return tell({ type: 'tick', now });
    },
  };
}
