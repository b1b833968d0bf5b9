/** Complete: whoever reads it never fills in a default. Times in milliseconds. */
export interface SchedulerOptions {
  /** Counted attempts of one part before the job fails. */
  readonly attempts: number;
  /** Failed parts after which a node is excluded for the job, and for how long. */
  readonly failedParts: number;
  readonly exclusionMs: number;
  /** The first retry waits about `backoffMs`, each later one twice as long, never more than `backoffCapMs`. */
  readonly backoffMs: number;
  readonly backoffCapMs: number;
  /** Parts that shall wait for a slot; the planner is asked for more when half of them are gone. */
  readonly pendingTarget: number;
  /** How long a source may be away before the job fails. */
  readonly sourceGraceMs: number;
}

export const defaultScheduler: SchedulerOptions = {
  attempts: 4,
  failedParts: 2,
  exclusionMs: 600_000,
  backoffMs: 200,
  backoffCapMs: 10_000,
  pendingTarget: 32,
  sourceGraceMs: 60_000,
};
