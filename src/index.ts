/** imgd as a library: the same engine as `imgctl run`, as an async iterator of typed rows. */

import { availableParallelism, hostname } from 'node:os';
import { resolve } from 'node:path';
import { ImgdError } from './base/errors.js';
import { readRows } from './io/read-output.js';
import type { JobProgress } from './node/job-tally.js';
import { type RunChoices, resolveRun } from './node/resolve-run.js';
import { createRowQueue } from './node/row-queue.js';
import { runJob } from './node/run-job.js';
import { type RunSummary, summarise } from './node/run-summary.js';
import type { Row } from './ops/row.js';

export { type ErrorCode, ImgdError } from './base/errors.js';
export type { JobProgress } from './node/job-tally.js';
export type { RunChoices } from './node/resolve-run.js';
export type { RunSummary } from './node/run-summary.js';
export { type ExtraColumn, type FailureCode, failureCodes, type Row } from './ops/row.js';

export interface RunOptions extends Omit<RunChoices, 'inputs'> {
  readonly inputs: string | readonly string[];
  /** Folder of the output. With it, rows come from what is committed, once the job has ended; without it, as they are made. */
  readonly out?: string;
  readonly overwrite?: boolean;
  /** Processes that decode and predict; one per core by default. */
  readonly executors?: number;
  /** This machine's name on the rows; the host's by default. */
  readonly node?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: JobProgress) => void;
}

export interface Run extends AsyncIterable<Row> {
  /** How it ended; rejects with the ImgdError that the iteration throws. */
  readonly summary: Promise<RunSummary>;
}

/**
 * Classifies pictures. The work begins at once. Without `out`, iterate: after some hundred rows that nobody reads it waits.
 * With `out`, awaiting the summary is enough. Leaving the iteration early stops the job.
 *
 *     for await (const row of run({ inputs: 'photos' })) console.log(row.origin, row.label?.[0]);
 */
export function run(options: RunOptions): Run {
  const { out, signal } = options;
  const folder = out === undefined ? undefined : resolve(options.cwd ?? process.cwd(), out);
  const left = new AbortController();
  const stop = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
  const queue = createRowQueue();
  const summary = work().catch((error: unknown) => {
    queue.fail(error);
    throw error;
  });
  summary.catch(() => {}); // told to whoever awaits it or iterates
  return { summary, [Symbol.asyncIterator]: () => rows() };

  async function work(): Promise<RunSummary> {
    const inputs = typeof options.inputs === 'string' ? [options.inputs] : options.inputs;
    const { spec, model } = await resolveRun({ ...options, inputs });
    const { executors = availableParallelism() } = options;
    if (!Number.isInteger(executors) || executors < 1)
      throw new ImgdError('usage', 'executors is a whole number, at least 1');
    const begin = performance.now();
    const result = await runJob(
      {
        spec,
        model,
        output: folder === undefined ? null : { folder, overwrite: options.overwrite ?? false },
        executors,
        node: options.node ?? hostname(),
        stdin: process.stdin,
        ...(out === undefined && { onRows: (some: readonly Row[]) => queue.push(some, stop) }),
        ...(options.onProgress && { onProgress: options.onProgress }),
      },
      stop,
    );
    queue.end();
    return summarise(result, spec, { output: out ?? null, seconds: (performance.now() - begin) / 1000 });
  }

  async function* rows(): AsyncGenerator<Row> {
    try {
      yield* queue.rows();
      if (folder !== undefined) yield* readRows(folder);
    } finally {
      left.abort();
    }
  }
}
