/** What the driver has to do, in this order. */
import type { PartRef } from './part-ref.js';

/**
 * Run the part on the node. The driver answers each dispatch, at the latest after a deadline of its own, with
 * part_committed, attempt_failed or handed_back for this attempt, or with node_left: the slot is taken until then.
 */
export interface Dispatch {
  readonly type: 'dispatch';
  readonly part: PartRef;
  readonly node: string;
  /** From 1 for each part, never given twice; larger than the count of failures after a hand-back. */
  readonly attempt: number;
}

/** Stop the attempt if it still runs, and answer as for a dispatch. */
export interface CancelAttempt {
  readonly type: 'cancel_attempt';
  readonly part: number;
  readonly attempt: number;
  readonly node: string;
  readonly reason: string;
}

/**
 * Credit for the planner: each part planned takes one, and while there is none left the listing pauses. A segment with
 * more parts than that overdraws it, which later requests make up for.
 */
export interface WantMore {
  readonly type: 'want_more';
  readonly parts: number;
}

export type Outcome = 'succeeded' | 'failed' | 'cancelled';

/** Exactly once for each job, the last effect of all. */
export interface End {
  readonly type: 'end';
  readonly outcome: Outcome;
  /** One sentence. */
  readonly message: string;
}

export type Effect = Dispatch | CancelAttempt | WantMore | End;
