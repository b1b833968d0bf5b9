/** Which nodes take part in the job, and which of them are excluded for a while. */
import type { Job, NodeRecord } from './job-state.js';

const isOpen = (node: NodeRecord) => node.live && node.slots > 0;

const isExcluded = (job: Job, node: NodeRecord) => node.excludedUntil > job.now;

/**
 * Nodes that may get parts. Where every live node is excluded, all of them may: a job never stands still for an exclusion.
 */
export function usableNodes(job: Job): NodeRecord[] {
  const open = [...job.nodes.values()].filter(isOpen);
  const trusted = open.filter((node) => !isExcluded(job, node));
  return trusted.length > 0 ? trusted : open;
}

/**
 * A part failed for good on this node. After `failedParts` different ones the node is excluded, unless it is the last
 * that the job has.
 */
export function countFailedPart(job: Job, node: NodeRecord, part: number): void {
  node.failedParts.add(part);
  if (node.failedParts.size < job.options.failedParts || isExcluded(job, node)) return;
  const others = usableNodes(job).some((other) => other !== node && !isExcluded(job, other));
  if (!others) return;
  node.excludedUntil = job.now + job.options.exclusionMs;
  node.failedParts.clear();
}
