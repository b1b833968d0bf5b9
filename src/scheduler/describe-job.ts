/** The state as text that a person reads: traces of tests, and the answer to `why does it not go on?`. */
import type { JobState } from './job-state.js';

export function describeJob(job: JobState): string {
  const { pending, waiting, running, committed } = job.counts;
  const planned = job.plan === null ? `${job.parts.size}+` : `${job.plan.parts}`;
  const lines = [
    `at ${seconds(job.now)}: ${phase(job)}`,
    `  parts ${planned}: ${pending} pending, ${waiting} waiting, ${running} running, ${committed} committed`,
  ];
  if (job.paused !== null) lines.push(`  paused since ${seconds(job.paused.since)}: ${job.paused.message}`);
  for (const node of job.nodes.values()) lines.push(`  node ${node.name}: ${nodeState(job, node)}`);
  for (const attempt of job.attempts.values()) {
    const state = attempt.cancelled ? 'told to stop' : 'runs';
    lines.push(
      `  attempt ${attempt.part.ref.number}/${attempt.number} ${state} on ${attempt.node} since ${seconds(attempt.since)}`,
    );
  }
  for (const part of job.parts.values()) {
    if (part.failures === 0 || part.status === 'committed') continue;
    const on = [...part.failuresOn].map(([node, count]) => `${count} on ${node}`).join(', ');
    const then = part.status === 'waiting' ? `, again at ${seconds(part.due)}` : '';
    lines.push(`  part ${part.ref.number} ${part.status}: failed ${on}${then}`);
  }
  if (
    job.phase.kind === 'open' &&
    pending > 0 &&
    ![...job.nodes.values()].some((node) => node.live && node.slots > 0)
  ) {
    lines.push('  no live node takes parts');
  }
  return lines.join('\n');
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(3)} s`;

function phase(job: JobState): string {
  return job.phase.kind === 'open' ? 'open' : `${job.phase.outcome}: ${job.phase.message}`;
}

type Node = JobState['nodes'] extends ReadonlyMap<string, infer N> ? N : never;

function nodeState(job: JobState, node: Node): string {
  if (!node.live) return 'gone';
  const use = node.slots === 0 ? `draining, ${node.running} running` : `${node.running} of ${node.slots} slots in use`;
  const failed = node.failedParts.size === 0 ? '' : `, failed parts ${[...node.failedParts].join(' ')}`;
  const excluded = node.excludedUntil > job.now ? `, excluded until ${seconds(node.excludedUntil)}` : '';
  return use + failed + excluded;
}
