/** Which part runs where. */
import type { Effect } from './effect.js';
import type { Job, NodeRecord, PartRecord } from './job-state.js';
import { usableNodes } from './nodes.js';
import { setStatus, takeFresh } from './part-queue.js';
import { attemptsPerNode } from './retry.js';

/** Fills free slots: parts that ran before come first, then new ones in plan order. */
export function dispatchPending(job: Job, effects: Effect[]): void {
  if (job.paused !== null || job.counts.pending === 0) return;
  const usable = usableNodes(job);
  if (job.retries.length > 0) dispatchRetries(job, usable, effects);
  for (let node = leastLoaded(usable); node !== undefined; node = leastLoaded(usable)) {
    const part = takeFresh(job);
    if (part === undefined) return;
    dispatch(job, part, node, effects);
  }
}

function dispatchRetries(job: Job, usable: readonly NodeRecord[], effects: Effect[]): void {
  const kept: PartRecord[] = [];
  for (const part of job.retries) {
    if (part.status !== 'pending') continue;
    const node = nodeFor(job, part, usable);
    if (node === undefined) kept.push(part);
    else dispatch(job, part, node, effects);
  }
  job.retries = kept;
}

/**
 * The node that shall repeat the part, or undefined while it has no free slot: the one with a second try if it is free;
 * else one with the fewest failures of this part, even if that means to wait, since a retry on the node that failed
 * proves nothing. Attempts on one node are limited; with n usable nodes n × limit ≥ attempts, so a part that has
 * attempts left always has a node to go to.
 */
function nodeFor(job: Job, part: PartRecord, usable: readonly NodeRecord[]): NodeRecord | undefined {
  const failures = (node: NodeRecord) => part.failuresOn.get(node.name) ?? 0;
  const limit = attemptsPerNode(job.options, usable.length);
  const stay = usable.find((node) => node.name === part.stay);
  if (stay !== undefined && hasSlot(stay) && failures(stay) < limit) return stay;
  const fewest = Math.min(...usable.map(failures));
  return leastLoaded(usable.filter((node) => failures(node) === fewest));
}

const hasSlot = (node: NodeRecord) => node.running < node.slots;

/** The node with the largest free share of its slots; the one that joined first among equals; none if all are full. */
function leastLoaded(nodes: readonly NodeRecord[]): NodeRecord | undefined {
  let best: NodeRecord | undefined;
  for (const node of nodes) {
    if (!hasSlot(node)) continue;
    if (best === undefined || node.running * best.slots < best.running * node.slots) best = node;
  }
  return best;
}

function dispatch(job: Job, part: PartRecord, node: NodeRecord, effects: Effect[]): void {
  setStatus(job, part, 'running');
  const number = ++part.dispatched;
  node.running++;
  job.attempts.set(attemptKey(part.ref.number, number), {
    part,
    number,
    node: node.name,
    since: job.now,
    cancelled: false,
  });
  effects.push({ type: 'dispatch', part: part.ref, node: node.name, attempt: number });
}

export const attemptKey = (part: number, attempt: number): string => `${part}/${attempt}`;
