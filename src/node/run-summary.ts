/** What one run did, for people and for `--json`. */
import type { JobSpec } from '../io/job-spec.js';
import type { JobResult } from './run-job.js';

export interface FailureCount {
  readonly count: number;
  /** Origin of one of them, with its message where that is known; empty where the run didn't see any. */
  readonly example: string;
}

export interface RunSummary {
  readonly job: string;
  /** Location of the output, null where nothing was kept. */
  readonly output: string | null;
  readonly accepted: number;
  readonly predicted: number;
  readonly filtered: number;
  readonly failed: number;
  /** Failed rows by code. */
  readonly failures: Readonly<Record<string, FailureCount>>;
  /** Files that the listing passed over. */
  readonly ignored: number;
  /** Wall time of this run. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly model: string;
  readonly precision: string;
  readonly decode: string;
  /** What really ran the model: `onnxruntime-node 1.30.0`. */
  readonly engine: string;
  /** Images by decode road (`decode_path`). */
  readonly roads: Readonly<Record<string, number>>;
  /** Milliseconds, summed over all executors. */
  readonly times: {
    /** Null where it isn't measured apart and is a part of `decode`. */
    readonly read: number | null;
    readonly decode: number;
    readonly resize: number;
    readonly predict: number;
  };
  /** Rows that an earlier run had committed. They are in `accepted`, not in the times. */
  readonly resumed: number;
}

/** `seconds`: wall time of the whole run, as the user waited for it. */
export function summarise(
  result: JobResult,
  spec: JobSpec,
  run: { readonly output: string | null; readonly seconds: number },
): RunSummary {
  const { progress, manifest, found } = result;
  const { accepted, predicted, filtered, failed } = manifest ?? progress;
  return {
    job: result.job,
    output: run.output,
    accepted,
    predicted,
    filtered,
    failed,
    failures: manifest === null ? progress.failures : withExamples(manifest.failures, progress.failures),
    ignored: result.ignored,
    seconds: run.seconds,
    imagesPerSecond: run.seconds > 0 ? (accepted - found) / run.seconds : 0,
    model: spec.model.name,
    precision: spec.model.precision,
    decode: spec.pipeline.decode,
    engine: result.engine,
    roads: progress.roads,
    times: { read: null, ...result.times },
    resumed: found,
  };
}

/** The manifest counts the failures of all runs, this run's rows give the examples. */
function withExamples(
  counts: Readonly<Record<string, number>>,
  seen: Readonly<Record<string, FailureCount>>,
): Record<string, FailureCount> {
  return Object.fromEntries(
    Object.entries(counts).map(([code, count]) => [code, { count, example: seen[code]?.example ?? '' }]),
  );
}
