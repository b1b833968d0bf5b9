/**
 * The whole job as a value. From outside it is read-only; `step` alone changes it, in place, because copying the maps of
 * 10,000 parts for each event would cost more than the work itself. It holds nothing but data and is deterministic:
 * equal options, seed and events give equal states and effects.
 */
import type { Outcome } from './effect.js';
import type { PartRef } from './part-ref.js';
import type { SchedulerOptions } from './scheduler-options.js';

/** pending: may run now. waiting: a retry that is not due. running: at least one attempt is alive. */
export type PartStatus = 'pending' | 'waiting' | 'running' | 'committed';

export interface PartRecord {
  readonly ref: PartRef;
  status: PartStatus;
  /** Attempts ever dispatched, hand-backs included. */
  dispatched: number;
  /** Attempts that count against the limit, in all and by node. */
  failures: number;
  readonly failuresOn: Map<string, number>;
  /** Node that gets a second try after a transient failure, if it has a slot. */
  stay: string | null;
  /** When a waiting part becomes pending. */
  due: number;
}

export interface Attempt {
  readonly part: PartRecord;
  readonly number: number;
  readonly node: string;
  readonly since: number;
  /** Told to stop; keeps its slot until it answers, and its failure doesn't count. */
  cancelled: boolean;
}

export interface NodeRecord {
  readonly name: string;
  live: boolean;
  slots: number;
  /** Attempts that hold a slot. */
  running: number;
  /** Parts that failed here since the last exclusion. */
  readonly failedParts: Set<number>;
  /** Takes no part of this job before that time; 0 if never excluded. */
  excludedUntil: number;
}

export type Phase =
  | { readonly kind: 'open' }
  | { readonly kind: 'ended'; readonly outcome: Outcome; readonly message: string };

/** What `step` works on. */
export interface Job {
  readonly options: SchedulerOptions;
  now: number;
  phase: Phase;
  paused: { readonly since: number; readonly message: string } | null;
  plan: { readonly parts: number; readonly accepted: number } | null;
  /** By number. */
  readonly parts: Map<number, PartRecord>;
  /** Inputs in `parts`. */
  inputs: number;
  /** How many parts are in each status. */
  readonly counts: Record<PartStatus, number>;
  /** Committed before the plan named them: found at the start of a resumed job. */
  readonly committedUnplanned: Set<number>;
  /** Never dispatched parts in plan order; those before `freshHead` are gone. */
  fresh: PartRecord[];
  freshHead: number;
  /** Parts that ran before and may run again, in that order. */
  retries: PartRecord[];
  /** Waiting parts, the earliest due first. */
  readonly waiting: PartRecord[];
  /** By `part/attempt`. */
  readonly attempts: Map<string, Attempt>;
  readonly nodes: Map<string, NodeRecord>;
  /** The planner's credit: parts asked of it and not planned yet; negative if it planned more. */
  asked: number;
  /** State of the jitter's generator, 32 bits. */
  random: number;
}

type ReadonlyData<T> =
  T extends Map<infer K, infer V>
    ? ReadonlyMap<K, ReadonlyData<V>>
    : T extends Set<infer V>
      ? ReadonlySet<V>
      : T extends object
        ? { readonly [P in keyof T]: ReadonlyData<T[P]> }
        : T;

export type JobState = ReadonlyData<Job>;

/** `seed`: any integer; it decides the jitter of the retries and nothing else. */
export function createJob(options: SchedulerOptions, seed: number): JobState {
  const job: Job = {
    options,
    now: 0,
    phase: { kind: 'open' },
    paused: null,
    plan: null,
    parts: new Map(),
    inputs: 0,
    counts: { pending: 0, waiting: 0, running: 0, committed: 0 },
    committedUnplanned: new Set(),
    fresh: [],
    freshHead: 0,
    retries: [],
    waiting: [],
    attempts: new Map(),
    nodes: new Map(),
    asked: 0,
    random: seed | 0,
  };
  return job;
}
