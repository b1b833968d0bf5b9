/**
 * `step(job, event) → {job, effects}`: the scheduler. No I/O, no timers, no randomness but the seeded jitter.
 *
 * Rules: a part has `attempts` counted attempts, at most max(1, ⌈attempts / usable nodes⌉) of them on one node. A node
 * failure goes elsewhere; a part's first failure, if transient, is tried once more on the same node where that limit
 * allows it; a fatal one ends the job. A node is excluded after `failedParts` failed parts, never the last one. What
 * was thought dead may commit and counts. Whoever commits, a part is committed once: the output decides, not we.
 */
import { cancelAttempts, failAttempt, returnPart, takeAttempt } from './attempts.js';
import type { Effect, Outcome } from './effect.js';
import type { AttemptFailed, HandedBack, JobEvent, NodeJoined, NodeLeft, PartCommitted } from './job-event.js';
import type { Job, JobState, PartRecord } from './job-state.js';
import { releaseDue, setStatus } from './part-queue.js';
import type { PartRef } from './part-ref.js';
import { dispatchPending } from './placement.js';

export interface Step {
  readonly job: JobState;
  readonly effects: readonly Effect[];
}

/**
 * Changes `job` in place and returns it: the argument must not be used as an old state afterwards. After the end
 * everything is accepted and nothing follows from it.
 */
export function step(state: JobState, event: JobEvent): Step {
  const job = state as Job;
  const effects: Effect[] = [];
  job.now = Math.max(job.now, event.now);
  apply(job, event, effects);
  if (isOpen(job)) expirePause(job, effects);
  if (isOpen(job)) finishIfComplete(job, effects);
  if (isOpen(job)) {
    releaseDue(job);
    dispatchPending(job, effects);
    askForMore(job, effects);
  }
  return { job, effects };
}

const isOpen = (job: Job) => job.phase.kind === 'open';

function apply(job: Job, event: JobEvent, effects: Effect[]): void {
  switch (event.type) {
    case 'node_joined':
      nodeJoined(job, event);
      break;
    case 'node_left':
      nodeLeft(job, event, effects);
      break;
    case 'part_planned':
      partPlanned(job, event.part);
      break;
    case 'plan_ended':
      job.plan = { parts: event.parts, accepted: event.accepted };
      break;
    case 'part_committed':
      partCommitted(job, event, effects);
      break;
    case 'attempt_failed':
      attemptFailed(job, event, effects);
      break;
    case 'handed_back':
      handedBack(job, event);
      break;
    case 'source_away':
      sourceAway(job, event.message, effects);
      break;
    case 'source_back':
      job.paused = null;
      break;
    case 'cancel':
      end(job, effects, 'cancelled', 'cancelled on request');
      break;
    case 'tick':
      break;
  }
}

function nodeJoined(job: Job, event: NodeJoined): void {
  const slots = Math.max(0, Math.floor(event.slots));
  const known = job.nodes.get(event.node);
  if (known !== undefined) {
    known.live = true;
    known.slots = slots;
    return;
  }
  const name = event.node;
  job.nodes.set(name, { name, live: true, slots, running: 0, failedParts: new Set(), excludedUntil: 0 });
}

/** Each part that ran there has failed once; the node is blamed once, however many those were. */
function nodeLeft(job: Job, event: NodeLeft, effects: Effect[]): void {
  const node = job.nodes.get(event.node);
  if (node === undefined || !node.live) return;
  node.live = false;
  const failure = { class: 'node', message: `${node.name} left while it ran` } as const;
  const lost = [...job.attempts.values()].filter((attempt) => attempt.node === node.name);
  let blame = true;
  for (const attempt of lost) {
    takeAttempt(job, attempt.part.ref.number, attempt.number);
    if (!isOpen(job)) continue;
    failIf(job, effects, failAttempt(job, attempt, failure, blame));
    if (!attempt.cancelled) blame = false;
  }
}

function partPlanned(job: Job, ref: PartRef): void {
  if (job.parts.has(ref.number)) return;
  job.asked--;
  job.inputs += ref.count;
  const status = job.committedUnplanned.delete(ref.number) ? 'committed' : 'pending';
  const part: PartRecord = { ref, status, dispatched: 0, failures: 0, failuresOn: new Map(), stay: null, due: 0 };
  job.parts.set(ref.number, part);
  job.counts[status]++;
  if (status === 'pending') job.fresh.push(part);
}

function partCommitted(job: Job, event: PartCommitted, effects: Effect[]): void {
  if (event.attempt !== null) takeAttempt(job, event.part, event.attempt);
  const part = job.parts.get(event.part);
  if (part === undefined) job.committedUnplanned.add(event.part);
  if (part === undefined || part.status === 'committed') return;
  setStatus(job, part, 'committed');
  cancelAttempts(job, effects, 'the part is committed', (attempt) => attempt.part === part);
}

function attemptFailed(job: Job, event: AttemptFailed, effects: Effect[]): void {
  const attempt = takeAttempt(job, event.part, event.attempt);
  if (attempt === undefined || !isOpen(job)) return;
  if (event.class === 'fatal' && !attempt.cancelled) end(job, effects, 'failed', event.message);
  else failIf(job, effects, failAttempt(job, attempt, event, true));
}

function handedBack(job: Job, event: HandedBack): void {
  const attempt = takeAttempt(job, event.part, event.attempt);
  if (attempt === undefined) return;
  const node = job.nodes.get(attempt.node);
  if (node !== undefined) node.slots = 0;
  returnPart(job, attempt);
}

/** What runs may meet the same absence and would commit rows about it: it stops, uncounted. */
function sourceAway(job: Job, message: string, effects: Effect[]): void {
  if (!isOpen(job) || job.paused !== null) return;
  job.paused = { since: job.now, message };
  cancelAttempts(job, effects, 'a source is away', () => true);
  for (const attempt of job.attempts.values()) returnPart(job, attempt);
}

function expirePause(job: Job, effects: Effect[]): void {
  if (job.paused === null || job.now < job.paused.since + job.options.sourceGraceMs) return;
  end(job, effects, 'failed', job.paused.message);
}

function finishIfComplete(job: Job, effects: Effect[]): void {
  const { plan, parts, inputs } = job;
  if (plan === null || parts.size < plan.parts) return;
  if (parts.size > plan.parts || inputs !== plan.accepted) {
    const ended = `${plan.accepted} in ${plan.parts}`;
    end(job, effects, 'failed', `the plan holds ${inputs} inputs in ${parts.size} parts, its end says ${ended}`);
  } else if (job.counts.committed === parts.size) {
    end(job, effects, 'succeeded', parts.size === 1 ? '1 part committed' : `${parts.size} parts committed`);
  }
}

function failIf(job: Job, effects: Effect[], message: string | undefined): void {
  if (message !== undefined) end(job, effects, 'failed', message);
}

function end(job: Job, effects: Effect[], outcome: Outcome, message: string): void {
  if (!isOpen(job)) return;
  cancelAttempts(job, effects, `the job has ${outcome === 'cancelled' ? 'been cancelled' : outcome}`, () => true);
  job.phase = { kind: 'ended', outcome, message };
  effects.push({ type: 'end', outcome, message });
}

/**
 * The listing pauses by itself when its credit is used up: back-pressure without a message for it. Credit that was
 * overdrawn is given back with the next request, so that the planner's count and ours stay the same.
 */
function askForMore(job: Job, effects: Effect[]): void {
  if (job.plan !== null || job.paused !== null) return;
  const { pendingTarget } = job.options;
  if (job.counts.pending + Math.max(0, job.asked) > pendingTarget / 2) return;
  const parts = Math.max(1, pendingTarget - job.counts.pending) - job.asked;
  job.asked += parts;
  effects.push({ type: 'want_more', parts });
}
