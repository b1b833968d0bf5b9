/** What a node and its executors say to each other. Plain data: it crosses a process border. */
import type { ErrorCode } from '../base/errors.js';
import type { Location } from '../io/source.js';
import type { RowContent } from '../ops/failed-row.js';
import type { LoadedModel } from '../ops/model/load-model.js';
import type { PipelineOptions } from '../ops/options.js';
import type { Locality } from '../ops/row.js';

/** One input to be made a row. */
export interface Task {
  /** Unique within the pool's life. */
  readonly id: number;
  readonly index: number;
  readonly origin: string;
  readonly location: Location;
  readonly locality: Locality;
}

export interface ExecutorSettings {
  readonly model: LoadedModel;
  readonly pipeline: PipelineOptions;
  /** Absolute folder for labelled pictures, null for none. */
  readonly annotateInto: string | null;
  /** Decoded bytes that may exist at once in one executor. */
  readonly decodeBudget: number;
  readonly batch: number;
  /** SHA-256 of inputs that have killed executors of this job. */
  readonly quarantined: readonly string[];
  /** A module that exports `decode` in place of our own: for tests of crashes, hangs and leaks. */
  readonly decoder: string | null;
}

export type ToExecutor =
  | { readonly kind: 'open'; readonly settings: ExecutorSettings }
  | { readonly kind: 'work'; readonly tasks: readonly Task[] }
  | { readonly kind: 'quarantine'; readonly sha256: string }
  | { readonly kind: 'close' };

/** Milliseconds spent since the last report. `decode` is processor time of the decoding threads, reading included. */
export interface StageTimes {
  readonly decode: number;
  readonly resize: number;
  readonly predict: number;
}

export type FromExecutor =
  | { readonly kind: 'ready'; readonly engine: string }
  | { readonly kind: 'unfit'; readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined }
  /** The executor, not the image, can't: no descriptors, no memory. */
  | { readonly kind: 'unable'; readonly task: number; readonly code: ErrorCode; readonly message: string }
  | {
      readonly kind: 'rows';
      readonly rows: readonly { readonly task: number; readonly row: RowContent }[];
      readonly times: StageTimes;
    };

/** Descriptor of the decode notes in the executor. */
export const notesFd = 4;
