import type { PipelineOptions } from '../ops/options.js';

export type OutputFormat = 'parquet' | 'jsonl' | 'csv';

/** What names the inputs, as the user gave it, made absolute. Each is one Source. */
export type InputSpec =
  /** Recursive; image extensions unless `allFiles`; dotfiles and outputs of jobs are passed over. */
  | { readonly kind: 'folder'; readonly path: string; readonly allFiles: boolean }
  | { readonly kind: 'glob'; readonly pattern: string; readonly allFiles: boolean }
  /** Each gets a row, whatever it is. */
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'list'; readonly path: string; readonly nul: boolean }
  | { readonly kind: 'stdin'; readonly nul: boolean }
  | { readonly kind: 'tar'; readonly path: string; readonly allFiles: boolean };

export interface Sample {
  readonly count: number;
  readonly seed: number;
}

/** What changes the rows: two equal specs on one output are one job. */
export interface JobSpec {
  readonly inputs: readonly InputSpec[];
  readonly sample: Sample | null;
  /** Locations of other outputs: the inputs of `except` are left out; only the failed ones of `failedOf` are taken. */
  readonly except: string | null;
  readonly failedOf: string | null;
  readonly pipeline: PipelineOptions;
  readonly model: {
    readonly name: string;
    readonly precision: string;
    readonly engine: string;
    readonly sha256: string;
  };
  readonly format: OutputFormat;
  /** Byte arrays as LIST<INT32>, as Spark's own arrays, rather than BINARY. */
  readonly listArrays: boolean;
  readonly annotate: boolean;
}

/** `_job.json`: created exclusively, durable before the job is acknowledged. */
export interface JobRecord {
  readonly id: string;
  /** Read back by a worker before it commits: the same path on two machines need not be the same folder. */
  readonly nonce: string;
  readonly created: string;
  readonly spec: JobSpec;
  readonly versions: Readonly<Record<string, string>>;
}

/** `_SUCCESS`. */
export interface Manifest {
  readonly job: string;
  readonly accepted: number;
  readonly predicted: number;
  readonly filtered: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly parts: readonly {
    readonly number: number;
    readonly name: string;
    readonly rows: number;
    readonly bytes: number;
    readonly sha256: string;
    readonly attempt: string;
  }[];
  readonly versions: Readonly<Record<string, string>>;
  readonly finished: string;
}
